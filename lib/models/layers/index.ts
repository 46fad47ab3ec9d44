/** Layers of other frameworks that tfjs-layers lacks. To load this module makes them known to every loader of models, and mends those that are wrong. */
import './mended-layers.js';
import './activations.js';
import './adaptive-average-pooling.js';
import './layer-normalization.js';

export { ChannelShuffle } from './channel-shuffle.js';
export { GroupedConv2D } from './grouped-conv2d.js';
export { GroupNormalization } from './group-normalization.js';
export { LocalResponseNormalization } from './local-response-normalization.js';
export { PaddedAveragePooling2D, PaddedMaxPooling2D } from './padded-pooling.js';
