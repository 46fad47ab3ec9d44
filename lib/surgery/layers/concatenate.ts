import { hasBit } from '../graph/bitset.js';
import { deadWhere } from '../graph/dead-inputs.js';
import { type LayerType, ownStep } from '../graph/layer-type.js';

/** Channels of several maps behind each other. */
export const concatenate: LayerType = {
  classNames: ['Concatenate'],
  channels(node, flow) {
    const axis = node.config['axis'] as number;
    if (axis !== -1 && axis !== node.outputShape.length) flow.fail(`joins along axis ${axis}, expected the last one.`);
    return Int32Array.from(flow.inputs.flatMap((ids) => [...ids]));
  },
  keepsZero: true,
  step: ownStep,
  deadInputs(question) {
    const { dead, input, shapes } = question;
    const channels = shapes.output[shapes.output.length - 1];
    const widths = shapes.inputs.map((shape) => shape[shape.length - 1]);
    const first = widths.slice(0, input).reduce((sum, width) => sum + width, 0);
    const own = widths[input];
    return deadWhere(question, (i) => hasBit(dead, Math.floor(i / own) * channels + first + (i % own)));
  },
};
