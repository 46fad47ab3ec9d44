import { deadTogether } from '../graph/dead-inputs.js';
import { type ChannelFlow, type LayerType, ownStep } from '../graph/layer-type.js';

/** Ties the channels of maps that are put together value by value. */
export function tieInputs(what: string, flow: ChannelFlow): Int32Array {
  const [x, ...others] = flow.inputs;
  const shapes = flow.inputShapes.map((shape) => shape.join('×'));
  if (new Set(shapes).size > 1) flow.fail(`${what} maps of different shapes (${shapes.join(' and ')}).`);
  for (const other of others) other.forEach((id, channel) => flow.tie(x[channel], id));
  return x;
}

/** Additions: of shortcuts, of parallel branches. */
export const add: LayerType = {
  classNames: ['Add'],
  role: 'addition',
  channels: (_, flow) => tieInputs('adds', flow),
  keepsZero: true,
  step: ownStep,
  planned: ({ inputCount }) => (inputCount === 2 ? { kind: 'sum' } : undefined),
  deadInputs: deadTogether,
};

/** Other ways to put maps of one shape together value by value; zeros and zeros make zeros. */
export const otherMerges: LayerType = {
  classNames: ['Average', 'Maximum', 'Minimum'],
  channels: (node, flow) => tieInputs(`takes the ${node.className.toLowerCase()} of`, flow),
  keepsZero: true,
  step: ownStep,
  deadInputs: deadTogether,
};
