import { deadUncopied, positionIn } from '../graph/dead-inputs.js';
import { type LayerType, ownStep, sameChannels } from '../graph/layer-type.js';

/** Other orders of axes, as long as the channels stay the last. */
export const permute: LayerType = {
  classNames: ['Permute'],
  isNeutral: ({ config }) => (config['dims'] as number[]).every((axis, i) => axis === i + 1),
  channels(node, flow) {
    const dims = node.config['dims'] as number[];
    if (dims[dims.length - 1] !== dims.length)
      flow.fail(`makes axis ${dims[dims.length - 1]} the last; channels must stay there.`);
    return sameChannels(node, flow);
  },
  keepsZero: true,
  step: ownStep,
  deadInputs: (question) => deadUncopied(question, ([y, x, c]) => positionIn(question.shapes.inputs[0], x, y, c)),
};
