import { emptyBitset } from '../graph/bitset.js';
import { deadUncopied, positionIn } from '../graph/dead-inputs.js';
import { type LayerType, ownStep, sameChannels } from '../graph/layer-type.js';

/** Rows and columns repeated, or interpolated between. */
export const upSampling: LayerType = {
  classNames: ['UpSampling2D'],
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  deadInputs(question) {
    const { config } = question.node;
    const [from] = question.shapes.inputs;
    const [down, across] = config['size'] as number[];
    if (config['interpolation'] !== 'bilinear') {
      return deadUncopied(question, ([y, x, c]) => positionIn(from, Math.floor(y / down), Math.floor(x / across), c));
    }
    return emptyBitset(from.reduce((product, n) => product * n, 1)); // every value is in several others
  },
};

/** Images or maps at another size. */
export const resizing: LayerType = {
  classNames: ['Resizing'],
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
};
