import * as convolutions from './convolution-layers.js';
import type { LayerType } from './layer-context.js';
import * as maps from './map-layers.js';
import * as norms from './norm-layers.js';
import * as plain from './plain-layers.js';

const AUGMENTATION = 'random image augmentation, which does nothing when images are classified';
const IDENTITY = 'layers that put out what they take in';

/** Layer types of Keras by class name: one line each. */
export const LAYER_TYPES: Readonly<Record<string, LayerType>> = {
  Conv2D: convolutions.conv2d,
  Convolution2D: convolutions.conv2d,
  GroupedConv2D: convolutions.conv2d, // as this project saves it
  DepthwiseConv2D: convolutions.depthwiseConv2d,
  SeparableConv2D: convolutions.separableConv2d,
  SeparableConvolution2D: convolutions.separableConv2d,
  Conv2DTranspose: convolutions.conv2dTranspose,
  Convolution2DTranspose: convolutions.conv2dTranspose,
  Dense: convolutions.dense,

  BatchNormalization: norms.batchNormalization,
  BatchNormalizationV1: norms.batchNormalization,
  BatchNormalizationV2: norms.batchNormalization,
  SyncBatchNormalization: norms.batchNormalization,
  LayerNormalization: norms.layerNormalization,
  GroupNormalization: norms.groupNormalization,
  Rescaling: norms.rescaling,
  Normalization: norms.normalization,
  LayerScale: norms.layerScale,

  MaxPooling2D: maps.maxPooling2d,
  MaxPool2D: maps.maxPooling2d,
  AveragePooling2D: maps.averagePooling2d,
  AvgPool2D: maps.averagePooling2d,
  GlobalAveragePooling2D: maps.globalAveragePooling2d,
  GlobalAvgPool2D: maps.globalAveragePooling2d,
  GlobalMaxPooling2D: maps.globalMaxPooling2d,
  GlobalMaxPool2D: maps.globalMaxPooling2d,
  ZeroPadding2D: maps.zeroPadding2d,
  Cropping2D: maps.cropping2d,
  UpSampling2D: maps.upSampling2d,
  Resizing: maps.resizing,
  CenterCrop: maps.centerCrop,
  RandomCrop: maps.randomCrop,
  Flatten: maps.flatten,
  Reshape: maps.reshape,
  Permute: maps.permute,

  Activation: plain.activationLayer,
  ReLU: plain.reLU,
  LeakyReLU: plain.leakyReLU,
  ELU: plain.elu,
  PReLU: plain.pReLU,
  ThresholdedReLU: plain.thresholdedReLU,
  Softmax: plain.softmax,
  Add: plain.add,
  CustomScaleLayer: plain.scaledAdd,
  Subtract: plain.subtract,
  Multiply: plain.multiply,
  Average: plain.average,
  Maximum: plain.maximum,
  Minimum: plain.minimum,
  Concatenate: plain.concatenate,

  Dropout: plain.trainingOnly('Dropout', 'rate'),
  GaussianNoise: plain.trainingOnly('GaussianNoise', 'stddev'),
  GaussianDropout: plain.trainingOnly('GaussianDropout', 'rate'),
  AlphaDropout: plain.trainingOnly('AlphaDropout', 'rate'),
  SpatialDropout2D: plain.nothingAtInference('dropout of whole maps, which does nothing when images are classified'),
  StochasticDepth: plain.nothingAtInference('stochastic depth, which does nothing when images are classified'),
  DropPath: plain.nothingAtInference('stochastic depth, which does nothing when images are classified'),
  ActivityRegularization: plain.nothingAtInference(
    'activity regularisation, which does nothing when images are classified',
  ),
  Identity: plain.nothingAtInference(IDENTITY),
  MixUp: plain.nothingAtInference(AUGMENTATION),
  CutMix: plain.nothingAtInference(AUGMENTATION),
  AugMix: plain.nothingAtInference(AUGMENTATION),
  RandAugment: plain.nothingAtInference(AUGMENTATION),
  Solarization: plain.nothingAtInference(AUGMENTATION),
  Equalization: plain.nothingAtInference(AUGMENTATION),
};

const RANDOM = plain.nothingAtInference(AUGMENTATION);

/** The line of the table for a class; undefined for one that is not known. */
export function layerType(className: string): LayerType | undefined {
  if (Object.hasOwn(LAYER_TYPES, className)) return LAYER_TYPES[className];
  return /^Random[A-Z]/.test(className) ? RANDOM : undefined;
}
