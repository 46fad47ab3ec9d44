import { deadTogether } from '../graph/dead-inputs.js';
import { type LayerType, ownStep, sameChannels } from '../graph/layer-type.js';

/** scale · x + offset, with two numbers for all channels or one for each, as Keras scales images; then none can be removed. */
export const rescaling: LayerType = {
  classNames: ['Rescaling'],
  channels(node, flow) {
    const channels = sameChannels(node, flow);
    const everyOne = ['scale', 'offset'].every((setting) => typeof node.config[setting] === 'number');
    return everyOne ? channels : flow.protect(channels, `'${node.name}' has a number for each`);
  },
  keepsZero: ({ config }) => [config['offset']].flat().every((offset) => offset === 0),
  step: ownStep,
  deadInputs: deadTogether,
};
