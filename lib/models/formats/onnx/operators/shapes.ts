import type { Operator } from '../conversion.js';
import { axisSizes, type Feature, perImage, reshaped, transposed } from '../feature.js';
import { reshapeTarget, shapeConstant, squeezed, unsqueezed } from '../fold-constants.js';
import type { NodeReader } from '../node-reader.js';

/** ONNX's shape, the batch axis with what stands for it. */
const shapeOf = (node: NodeReader, x: Feature): number[] => [node.batch, ...axisSizes(x)];

/** The same numbers under a new shape. */
function reshape(node: NodeReader, x: Feature, shape: readonly number[]): Feature {
  if (shape[0] !== node.batch) {
    node.fail(`its new shape [${shape.join(', ')}] mixes the images of a batch; the first axis must stay the batch.`);
  }
  const view = reshaped(x, shape.slice(1));
  return view ?? node.fail(`[${shapeOf(node, x).join(', ')}] to [${shape.join(', ')}] cuts across the axes.`);
}

/** The first input, also one that has the images of a batch in one axis. */
export function flatOrFeature(node: NodeReader): Feature {
  const [x] = node.inputs;
  return x?.kind === 'feature' ? x : node.feature(0);
}

const pass: Operator = (node) => node.inputs[0] ?? node.fail('has no input.');

export const SHAPES: Readonly<Record<string, Operator>> = {
  Identity: pass,
  Dropout: (node, to) => {
    to.dropped.add('Dropout');
    return pass(node, to);
  },
  Cast: pass,
  CastLike: pass,
  Shape: (node) => shapeConstant(node, shapeOf(node, node.feature(0))),
  Reshape: (node) => {
    const x = flatOrFeature(node);
    const target = reshapeTarget(node, shapeOf(node, x), [...node.constant(1).values]);
    const total = target.length === 1 && target[0] === shapeOf(node, x).reduce((all, n) => all * n, 1);
    if (total && node.batch > 1) return { ...x, axes: [x.axes.flat()], acrossBatch: true };
    return reshape(node, perImage(x), target);
  },
  Flatten: (node) => {
    const x = node.feature(0);
    const axis = node.axis(node.int('axis', 1), x.axes.length + 2);
    if (axis === 0) return node.fail('flattens the batch into the features.');
    const sizes = axisSizes(x);
    const size = (from: number, to?: number) => sizes.slice(from, to).reduce((total, n) => total * n, 1);
    if (axis > 1 && size(0, axis - 1) !== 1)
      return node.fail(`from axis ${axis} on; only from axis 1 on is it converted.`);
    return reshape(node, x, [node.batch, size(axis - 1)]);
  },
  Squeeze: (node) => {
    const x = node.feature(0);
    const sizes = shapeOf(node, x);
    const axes = node.list(1, 'axes')?.map((axis) => node.axis(axis, sizes.length));
    if (axes?.includes(0)) return node.fail('leaves out the batch axis.');
    return reshape(node, x, axes ? squeezed(node, sizes) : [node.batch, ...axisSizes(x).filter((n) => n !== 1)]);
  },
  Unsqueeze: (node) => {
    const x = node.feature(0);
    return reshape(node, x, unsqueezed(node, shapeOf(node, x)));
  },
  Transpose: (node) => {
    const x = node.feature(0);
    const rank = x.axes.length + 1;
    const order = node.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    if (order.length !== rank || [...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order[0] !== 0) {
      node.fail(`perm: expected an order of ${rank} axes that leaves the batch first, got [${order.join(', ')}].`);
    }
    return transposed(x, order.slice(1).map((axis) => axis - 1)); // prettier-ignore
  },
  Expand: (node) => {
    const x = node.feature(0);
    const target = [...node.constant(1).values];
    const sizes = shapeOf(node, x);
    const same =
      target.length <= sizes.length && target.every((n, i) => n === 1 || n === sizes[sizes.length - target.length + i]);
    // Axes of 1 are repeated by the layer that combines them with larger ones.
    const onlyOnes = target.every(
      (n, i) =>
        n === 1 || sizes[sizes.length - target.length + i] === 1 || n === sizes[sizes.length - target.length + i],
    );
    return same || (onlyOnes && target.length === sizes.length)
      ? x
      : node.fail(`repeats [${sizes.join(', ')}] to [${target.join(', ')}], which is not converted.`);
  },
};
