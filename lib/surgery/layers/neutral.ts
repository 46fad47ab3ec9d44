import { type LayerType, sameChannels } from '../graph/layer-type.js';

/** Layers that do something in training only: noise, and the random changes of images that Keras models begin with. */
export const neutral: LayerType = {
  classNames: [
    ...['Dropout', 'SpatialDropout1D', 'SpatialDropout2D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise'],
    ...['ActivityRegularization', 'Identity'],
    ...['RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness'],
  ],
  isNeutral: () => true,
  channels: sameChannels,
  keepsZero: true,
};
