/** Layers of other frameworks that tfjs-layers lacks. To load this module makes them known to every loader of models, and mends those that are wrong. */
import './mended-layers.js';

export { AdaptiveAveragePooling2D, type AdaptiveAveragePoolingArgs } from './adaptive-average-pooling.js';
export { ADDED_ACTIVATIONS } from './activations.js';
export { ChannelShuffle, type ChannelShuffleArgs } from './channel-shuffle.js';
export { GroupedConv2D, type GroupedConv2DArgs } from './grouped-conv2d.js';
export { GroupNormalization, type GroupNormalizationArgs } from './group-normalization.js';
export { CutLayerNormalization, type CutLayerNormalizationArgs } from './layer-normalization.js';
export { LocalResponseNormalization, type LocalResponseNormalizationArgs } from './local-response-normalization.js';
export {
  PaddedAveragePooling2D,
  PaddedMaxPooling2D,
  type PaddedAveragePoolingArgs,
  type PaddedPoolingArgs,
} from './padded-pooling.js';
