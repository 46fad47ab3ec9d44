import type { GraphLookup } from './graph-lookup.js';
import type { OnnxAttribute, OnnxNode } from './onnx-schema.js';

const attribute = (name: string, values: Partial<OnnxAttribute>): [string, OnnxAttribute] => [
  name,
  { name, reference: '', float: 0, int: 0, text: '', tensor: null, floats: [], ints: [], hasGraph: false, ...values },
];

/**
 * Puts LayerNormalization and LRN in place of the nodes by which exporters write them: layer normalisation until opset 16,
 * PyTorch's local response normalisation always.
 */
export function recogniseNormalisation(nodes: readonly OnnxNode[], lookup: GraphLookup): OnnxNode[] {
  return nodes.map(
    (node) => (node.operator === 'Div' && (layerNormalisation(node, lookup) ?? lrn(node, lookup))) || node,
  );
}

/** (x − mean) / √(mean of (x − mean)² + ε); scale and shift are nodes of their own behind it. */
function layerNormalisation(node: OnnxNode, lookup: GraphLookup): OnnxNode | null {
  const [numerator, denominator] = node.inputs;
  const centred = lookup.maker(numerator, 'Sub');
  const root = lookup.maker(denominator, 'Sqrt');
  const sum = root && lookup.maker(root.inputs[0], 'Add');
  const parts = sum && lookup.withScalar(sum);
  const variance = parts && lookup.maker(parts.other, 'ReduceMean');
  const mean = centred && lookup.maker(centred.inputs[1], 'ReduceMean');
  if (!variance || !mean || mean.inputs[0] !== centred.inputs[0]) return null;
  if (!isSquareOf(variance.inputs[0], numerator, lookup)) return null;
  const axes = mean.attributes.get('axes')?.ints ?? [];
  const fromInput = mean.inputs[1] === undefined ? undefined : lookup.scalar(mean.inputs[1]);
  const axis = axes.length === 1 ? axes[0] : fromInput;
  if (axis === undefined) return null;
  return {
    ...node,
    operator: 'LayerNormalization',
    inputs: [centred.inputs[0]],
    attributes: new Map([attribute('axis', { int: axis }), attribute('epsilon', { float: parts.scalar })]),
  };
}

function isSquareOf(value: string, of: string, lookup: GraphLookup): boolean {
  const power = lookup.maker(value, 'Pow');
  if (power) return power.inputs[0] === of && lookup.scalar(power.inputs[1]) === 2;
  const product = lookup.maker(value, 'Mul');
  return product !== undefined && product.inputs.every((input) => input === of);
}

/** What stands between x² and its mean over neighbouring channels; If holds the squeezed and the unsqueezed mean. */
const ON_THE_WAY = ['Squeeze', 'Unsqueeze', 'Reshape', 'Pad', 'If', 'Equal', 'Gather', 'Shape', 'AveragePool'];

/** x / (k + α · mean of x² over `size` channels)^β. */
function lrn(node: OnnxNode, lookup: GraphLookup): OnnxNode | null {
  const [x, denominator] = node.inputs;
  const power = lookup.maker(denominator, 'Pow');
  const beta = power && lookup.scalar(power.inputs[1]);
  const sum = power && lookup.maker(power.inputs[0], 'Add');
  const offset = sum && lookup.withScalar(sum);
  const factor = offset && lookup.maker(offset.other, 'Mul');
  const scaled = factor && lookup.withScalar(factor);
  if (beta === undefined || !scaled) return null;
  let size = 0;
  let value = scaled.other;
  for (let step = 0; step < 12 && !isSquareOf(value, x, lookup); step++) {
    const maker = lookup.maker(value, ...ON_THE_WAY);
    if (!maker) return null;
    if (maker.operator === 'AveragePool') {
      const window = maker.attributes.get('kernel_shape')?.ints ?? [];
      if (window.length !== 3 || window[1] !== 1 || window[2] !== 1) return null;
      size = window[0];
    }
    value = maker.inputs[0];
  }
  // PyTorch and ONNX put the middle of an even window at other channels.
  if (size % 2 !== 1 || !isSquareOf(value, x, lookup)) return null;
  return {
    ...node,
    operator: 'LRN',
    inputs: [x],
    attributes: new Map([
      attribute('size', { int: size }),
      attribute('alpha', { float: scaled.scalar }),
      attribute('beta', { float: beta }),
      attribute('bias', { float: offset.scalar }),
    ]),
  };
}
