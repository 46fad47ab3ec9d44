import { hasBit } from '../graph/bitset.js';
import { deadUnderChannelWindows, deadWhere } from '../graph/dead-inputs.js';
import { ownStep, sameChannels, type LayerType } from '../graph/layer-type.js';

/** Pooling over windows, every channel by itself. */
export const pooling: LayerType = {
  classNames: ['MaxPooling2D', 'AveragePooling2D'],
  role: 'pooling',
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  deadInputs: deadUnderChannelWindows,
};

/** The same with a border of its own, which never wins and is 0 where it counts. */
export const paddedPooling: LayerType = {
  classNames: ['PaddedMaxPooling2D', 'PaddedAveragePooling2D'],
  role: 'pooling',
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
};

/** One value per channel. */
export const globalPooling: LayerType = {
  classNames: ['GlobalAveragePooling2D', 'GlobalMaxPooling2D'],
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  deadInputs(question) {
    const [, , channels] = question.shapes.inputs[0];
    return deadWhere(question, (i) => hasBit(question.dead, i % channels));
  },
};
