import type { ExportedLayer } from '../exported-layer.js';
import { writeActivation } from './activation-nodes.js';
import { pRelu, reLU, withAlpha } from './layers/activations.js';
import { average, merge, rescaling } from './layers/arithmetic.js';
import { conv, dense, depthwise, separable, transposed } from './layers/convolutions.js';
import { batchNorm, groupNorm, layerNorm, lrn } from './layers/normalisations.js';
import { adaptivePool, globalPool, paddedAverage, pool } from './layers/pooling.js';
import {
  channelShuffle,
  concatenate,
  cropping,
  flatten,
  permute,
  reshape,
  subsampleChannels,
  upSampling,
  zeroPadding,
} from './layers/shapes.js';
import { activated, channelAxis, fail, type OnnxValue, type Write } from './layers/write.js';
import type { OnnxWriter } from './onnx-writer.js';

const same: Write = (_layer, [x]) => x.name;

/** Classes of layers that can be written to ONNX. */
const LAYERS: Readonly<Record<string, Write>> = {
  Conv2D: conv,
  GroupedConv2D: conv,
  Conv2DTranspose: transposed,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Dense: dense,
  BatchNormalization: batchNorm,
  GroupNormalization: groupNorm,
  LayerNormalization: layerNorm,
  Activation: (layer, [x], to) => activated(layer, to, x.name),
  ReLU: reLU,
  LeakyReLU: withAlpha('LeakyRelu', 'alpha'),
  ELU: withAlpha('Elu', 'alpha'),
  ThresholdedReLU: withAlpha('ThresholdedRelu', 'theta'),
  PReLU: pRelu,
  Softmax: (layer, [x], to) => writeActivation(to, layer.name, 'softmax', x.name, channelAxis(layer)),
  MaxPooling2D: pool('MaxPool'),
  AveragePooling2D: pool('AveragePool'),
  PaddedMaxPooling2D: pool('MaxPool'),
  PaddedAveragePooling2D: paddedAverage,
  GlobalAveragePooling2D: globalPool('GlobalAveragePool'),
  GlobalMaxPooling2D: globalPool('GlobalMaxPool'),
  AdaptiveAveragePooling2D: adaptivePool,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  Add: merge('Add'),
  Multiply: merge('Mul'),
  Maximum: merge('Max'),
  Minimum: merge('Min'),
  Average: average,
  Concatenate: concatenate,
  ZeroPadding2D: zeroPadding,
  Cropping2D: cropping,
  UpSampling2D: upSampling,
  SubsampleChannels: subsampleChannels,
  ChannelShuffle: channelShuffle,
  LocalResponseNormalization: lrn,
  Rescaling: rescaling,
  Dropout: same,
  SpatialDropout1D: same,
  SpatialDropout2D: same,
  GaussianNoise: same,
  GaussianDropout: same,
  AlphaDropout: same,
};

/** Writes one layer's nodes and returns what they put out. @throws ModelError naming a layer that has no ONNX form */
export function writeLayer(layer: ExportedLayer, inputs: readonly OnnxValue[], to: OnnxWriter): OnnxValue {
  const write = Object.hasOwn(LAYERS, layer.className) ? LAYERS[layer.className] : undefined;
  if (!write)
    return fail(layer, `this class of layers cannot be written to ONNX; ${Object.keys(LAYERS).join(', ')} can.`);
  if (layer.config['dataFormat'] === 'channelsFirst')
    fail(layer, 'reads channels first; only channels-last models are written.');
  return { name: write(layer, inputs, to), shape: layer.shape };
}
