import { deadTogether } from '../graph/dead-inputs.js';
import { ownStep, sameChannels, type LayerType } from '../graph/layer-type.js';

/** scale · x + offset with two numbers for all channels. */
export const rescaling: LayerType = {
  classNames: ['Rescaling'],
  channels(node, flow) {
    for (const setting of ['scale', 'offset']) {
      if (typeof node.config[setting] !== 'number') flow.fail(`expected one number as ${setting}.`);
    }
    return sameChannels(node, flow);
  },
  keepsZero: ({ config }) => config['offset'] === 0,
  step: ownStep,
  deadInputs: deadTogether,
};
