import { deadUncopied, positionIn } from '../graph/dead-inputs.js';
import { type DeadInputsQuestion, type LayerType, ownStep, sameChannels } from '../graph/layer-type.js';

/** A border of zeros around a map. */
export const zeroPadding: LayerType = {
  classNames: ['ZeroPadding2D'],
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  planned({ node }) {
    const [[top], [left]] = node.config['padding'] as number[][];
    return { kind: 'border', padding: [top, left] };
  },
  deadInputs: (question) => deadMoved(question, 'padding', -1),
};

/** A map without its border. */
export const cropping: LayerType = {
  classNames: ['Cropping2D'],
  channels: sameChannels,
  keepsZero: true,
  step: ownStep,
  deadInputs: (question) => deadMoved(question, 'cropping', 1),
};

function deadMoved(question: DeadInputsQuestion, setting: string, sign: 1 | -1) {
  const [[top], [left]] = question.node.config[setting] as number[][];
  const [from] = question.shapes.inputs;
  return deadUncopied(question, ([y, x, c]) => positionIn(from, y + sign * top, x + sign * left, c));
}
