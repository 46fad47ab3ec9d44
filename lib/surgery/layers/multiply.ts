import { deadUncopied, positionIn } from '../graph/dead-inputs.js';
import { type LayerType, type MapShape, ownStep } from '../graph/layer-type.js';

/**
 * Products of maps, and of a map with a value per channel (squeeze and excite) or per position. A channel that is a product is
 * removed with all that it is the product of; what scales all channels cannot be removed.
 */
export const multiply: LayerType = {
  classNames: ['Multiply'],
  role: 'product',
  channels(node, flow) {
    const { inputs, inputShapes, width } = flow;
    const whole = inputShapes.findIndex((shape) => shape.join() === node.outputShape.join());
    if (whole < 0) {
      flow.fail(
        `multiplies maps of the shapes ${inputShapes.map((shape) => shape.join('×')).join(' and ')}; expected one of them to be the output's.`,
      );
    }
    inputs.forEach((ids) => {
      if (ids.length === width) ids.forEach((id, channel) => flow.tie(inputs[whole][channel], id));
      else flow.protect(ids, `it scales all channels of '${node.name}'`);
    });
    return inputs[whole];
  },
  keepsZero: true,
  step: ownStep,
  deadInputs(question) {
    const [height, width, channels] = asMap(question.shapes.inputs[question.input]);
    const along = (size: number, at: number) => (size === 1 ? 0 : at);
    return deadUncopied(
      { ...question, shapes: { ...question.shapes, output: asMap(question.shapes.output) } },
      ([y, x, c]) => positionIn([height, width, channels], along(height, y), along(width, x), along(channels, c)),
    );
  },
};

/** A row of features is a map of one position. */
const asMap = (shape: MapShape): MapShape => [...new Array<number>(3 - shape.length).fill(1), ...shape];
