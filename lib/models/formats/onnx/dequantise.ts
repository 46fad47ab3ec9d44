import type { NodeReader } from './node-reader.js';
import { type Constant, constant } from './onnx-tensor.js';

/** Operators of networks that reckon with whole numbers. */
const QUANTISED = /^(Quantize|Dequantize|QLinear|QAttention|DynamicQuantize)|Integer$/;

/** Refuses what rounds a network's maps, which layers of floating-point numbers do not. @throws ModelError */
export function refuseQuantised(node: NodeReader): void {
  if (!QUANTISED.test(node.operator)) return;
  node.fail(
    'the network is quantised to integers: what is between its layers is rounded, and layers here do not round. Export the network ' +
      'before quantisation (PyTorch: torch.onnx.export of the float model), or with its weights alone quantised.',
  );
}

/**
 * DequantizeLinear of a stored weight: (x − zero point) · scale, with one scale, or one per position along an axis.
 * @throws ModelError for other scales
 */
export function dequantise(node: NodeReader, [x, scale, zero]: readonly (Constant | undefined)[]): Constant {
  if (!x || !scale) return node.fail('expected numbers and their scale.');
  const many = scale.values.length > 1;
  const axis = many ? node.axis(node.int('axis', 1), x.shape.length) : 0;
  if (scale.shape.length > 1 || node.int('block_size', 0) !== 0 || (many && scale.values.length !== x.shape[axis])) {
    return node.fail(
      `expected one scale, or one per position along axis ${axis} of [${x.shape.join(', ')}], got [${scale.shape.join(', ')}]; ` +
        'scales of blocks are not converted.',
    );
  }
  if (zero && zero.values.length !== scale.values.length) {
    return node.fail(`expected as many zero points as scales, got ${zero.values.length} and ${scale.values.length}.`);
  }
  const inner = x.shape.slice(axis + 1).reduce((total, n) => total * n, 1);
  const values = Float32Array.from(x.values, (value, at) => {
    const i = many ? Math.floor(at / inner) % scale.values.length : 0;
    return (value - (zero?.values[i] ?? 0)) * scale.values[i];
  });
  return constant(node.node.outputs[0] ?? '', 'float', x.shape, values);
}
