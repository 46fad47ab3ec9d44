import { dequantise } from './dequantise.js';
import type { NodeReader } from './node-reader.js';
import { type Constant, constant, type ExternalData, readTensor } from './onnx-tensor.js';

/** Shapes and indices are short, and weights are folded at most once: more numbers than that are a mistake or an attack. */
const MOST_NUMBERS = 2 ** 26;

type Fold = (node: NodeReader, inputs: readonly Constant[]) => Constant | readonly Constant[];

/**
 * Computes a node all of whose inputs are known: the arithmetic on shapes around Reshape, Slice and Resize, and weights that
 * are transposed or joined in the graph.
 * @returns null for operators that are not computed in advance
 * @throws ModelError naming the node
 */
export function foldConstants(node: NodeReader, external: ExternalData, file: string): readonly Constant[] | null {
  if (node.operator === 'Constant') return [constantNode(node, external, file)];
  const fold = Object.hasOwn(FOLDS, node.operator) ? FOLDS[node.operator] : undefined;
  if (!fold) return null;
  const inputs = node.inputs.map((_, i) => node.known(i)!);
  if (inputs.length === 0 || inputs[0] === undefined) return null;
  const made = fold(node, inputs);
  return (Array.isArray(made) ? made : [made]) as readonly Constant[];
}

function constantNode(node: NodeReader, external: ExternalData, file: string): Constant {
  const name = node.node.outputs[0] ?? '';
  const attribute = [...node.node.attributes.values()][0];
  switch (attribute?.name) {
    case 'value':
      if (attribute.tensor) return { ...readTensor(attribute.tensor, external, file), name };
      break;
    case 'value_float':
      return constant(name, 'float', [], [attribute.float]);
    case 'value_floats':
      return constant(name, 'float', [attribute.floats.length], attribute.floats);
    case 'value_int':
      return constant(name, 'integer', [], [attribute.int]);
    case 'value_ints':
      return constant(name, 'integer', [attribute.ints.length], attribute.ints);
  }
  return node.fail(`expected a tensor, a number or numbers, got ${attribute?.name ?? 'nothing'}.`);
}

const count = (shape: readonly number[]) => shape.reduce((total, n) => total * n, 1);

function bounded(node: NodeReader, shape: readonly number[]): number {
  const numbers = count(shape);
  if (shape.some((n) => !Number.isInteger(n) || n < 0) || !(numbers <= MOST_NUMBERS)) {
    node.fail(`expected at most ${MOST_NUMBERS} known numbers, it makes [${shape.join(', ')}].`);
  }
  return numbers;
}

const nameOf = (node: NodeReader, like: Constant) => like.name || (node.node.outputs[0] ?? '');

/** The shape that operands of these shapes have together. */
function broadcast(node: NodeReader, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((n) => n !== 1);
    if (new Set(sizes).size > 1)
      node.fail(`shapes [${shapes.map((s) => s.join(', ')).join('] and [')}] do not go together.`);
    return sizes[0] ?? 1;
  });
}

/** Position in an operand for a position in the result. */
function positionIn(shape: readonly number[], result: readonly number[], at: number): number {
  let position = 0;
  let stride = 1;
  for (let axis = result.length - 1; axis >= 0; axis--) {
    const size = shape[axis - result.length + shape.length] ?? 1;
    const index = at % result[axis];
    at = Math.floor(at / result[axis]);
    if (size > 1) position += index * stride;
    stride *= size;
  }
  return position;
}

const elementwise =
  (compute: (...values: number[]) => number, type?: Constant['type']): Fold =>
  (node, inputs) => {
    const shape = broadcast(node, inputs.map((input) => input.shape)); // prettier-ignore
    const values = new Float64Array(bounded(node, shape));
    for (let i = 0; i < values.length; i++) {
      values[i] = compute(...inputs.map((input) => input.values[positionIn(input.shape, shape, i)]));
    }
    return constant(nameOf(node, inputs[0]), type ?? inputs[inputs.length - 1].type, shape, values);
  };

const divide: Fold = (node, inputs) =>
  elementwise(inputs[0].type === 'float' ? (a, b) => a / b : (a, b) => Math.trunc(a / b))(node, inputs);

const reshapeTo = (node: NodeReader, x: Constant, shape: readonly number[]): Constant => {
  if (count(shape) !== x.values.length) node.fail(`[${x.shape.join(', ')}] cannot become [${shape.join(', ')}].`);
  return { ...x, shape };
};

/** The target of a Reshape: 0 keeps an axis, −1 takes what is left. */
export function reshapeTarget(node: NodeReader, from: readonly number[], target: readonly number[]): number[] {
  const keep = node.int('allowzero', 0) === 0;
  const shape = target.map((n, axis) => (n === 0 && keep ? (from[axis] ?? 0) : n));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = count(from) / count(shape.filter((_, axis) => axis !== open));
  if (shape.some((n) => !Number.isInteger(n) || n < 0) || count(shape) !== count(from)) {
    node.fail(`[${from.join(', ')}] cannot become [${target.join(', ')}].`);
  }
  return shape;
}

/** Axes of Squeeze and Unsqueeze: an attribute until opset 12, then an input. */
const axesOf = (node: NodeReader) => node.list(1, 'axes');

/** Shape after Squeeze. */
export function squeezed(node: NodeReader, shape: readonly number[]): number[] {
  const axes =
    axesOf(node)?.map((axis) => node.axis(axis, shape.length)) ?? shape.flatMap((n, i) => (n === 1 ? [i] : []));
  if (axes.some((axis) => shape[axis] !== 1))
    node.fail(`only axes of size 1 can be left out of [${shape.join(', ')}].`);
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** Shape after Unsqueeze. */
export function unsqueezed(node: NodeReader, shape: readonly number[]): number[] {
  const list = axesOf(node) ?? node.fail('names no axes.');
  const rank = shape.length + list.length;
  const axes = list.map((axis) => node.axis(axis, rank));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!));
}

/** Start, end and step of a Slice along an axis of the given size, within its bounds. */
export interface SliceRange {
  readonly axis: number;
  readonly indices: readonly number[];
}

/** What a Slice keeps along each axis it names. */
export function sliceRanges(node: NodeReader, shape: readonly number[]): SliceRange[] {
  const starts = node.list(1, 'starts') ?? node.fail('names no starts.');
  const ends = node.list(2, 'ends') ?? node.fail('names no ends.');
  const axes = node.list(3, 'axes') ?? starts.map((_, i) => i);
  const steps = node.list(4, 'steps') ?? starts.map(() => 1);
  return axes.map((wanted, i) => {
    const axis = node.axis(wanted, shape.length);
    const size = shape[axis];
    const step = steps[i];
    if (!step) node.fail('a step of 0.');
    const within = (n: number, low: number, high: number) => Math.min(Math.max(n < 0 ? n + size : n, low), high);
    const start = step > 0 ? within(starts[i], 0, size) : within(starts[i], 0, size - 1);
    const end = step > 0 ? within(ends[i], 0, size) : within(ends[i], -1, size - 1);
    const length = Math.max(0, Math.ceil((end - start) / step));
    return { axis, indices: Array.from({ length }, (_, k) => start + k * step) };
  });
}

/** Numbers picked along an axis. */
function take(node: NodeReader, x: Constant, axis: number, indices: readonly number[], keep = true): Constant {
  const [outer, inner] = [count(x.shape.slice(0, axis)), count(x.shape.slice(axis + 1))];
  const values: number[] = [];
  bounded(node, [outer, indices.length, inner]);
  for (let o = 0; o < outer; o++) {
    for (const index of indices) {
      if (index < 0 || index >= x.shape[axis])
        node.fail(`there is no position ${index} along axis ${axis} of [${x.shape.join(', ')}].`);
      for (let i = 0; i < inner; i++) values.push(x.values[(o * x.shape[axis] + index) * inner + i]);
    }
  }
  const shape = [...x.shape.slice(0, axis), ...(keep ? [indices.length] : []), ...x.shape.slice(axis + 1)];
  return constant(nameOf(node, x), x.type, shape, values);
}

const transpose: Fold = (node, [x]) => {
  const order = node.ints('perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  if (order.length !== x.shape.length || [...order].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
    node.fail(`perm: expected an order of ${x.shape.length} axes, got [${order.join(', ')}].`);
  }
  const shape = order.map((axis) => x.shape[axis]);
  const strides = x.shape.map((_, i) => count(x.shape.slice(i + 1)));
  const values = x.values.slice();
  for (let at = 0; at < values.length; at++) {
    let rest = at;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]) * strides[order[axis]];
      rest = Math.floor(rest / shape[axis]);
    }
    values[at] = x.values[from];
  }
  return { ...x, name: nameOf(node, x), shape, values };
};

const concat: Fold = (node, inputs) => {
  const axis = node.axis(node.int('axis', 0), inputs[0].shape.length);
  const total = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
  const shape = inputs[0].shape.map((n, i) => (i === axis ? total : n));
  const outer = count(shape.slice(0, axis));
  const values: number[] = [];
  bounded(node, shape);
  for (let o = 0; o < outer; o++) {
    for (const { values: part } of inputs) {
      const length = part.length / outer;
      for (let i = 0; i < length; i++) values.push(part[o * length + i]);
    }
  }
  if (values.length !== count(shape)) node.fail('joins tensors of different shapes.');
  return constant(node.node.outputs[0], inputs[0].type, shape, values);
};

/** Type numbers of ONNX that Cast turns into whole numbers. */
const INTEGER_TYPES = new Set([2, 3, 4, 5, 6, 7, 12, 13]);

const reduce =
  (combine: (a: number, b: number) => number, start: number): Fold =>
  (node, [x]) => {
    const axes = node.list(1, 'axes')?.map((axis) => node.axis(axis, x.shape.length)) ?? x.shape.map((_, i) => i);
    const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    const values = new Float64Array(count(kept)).fill(start);
    x.values.forEach((value, at) => {
      const to = positionIn(kept, x.shape, at);
      values[to] = combine(values[to], value);
    });
    const shape = node.int('keepdims', 1) ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return constant(nameOf(node, x), x.type, shape, values);
  };

const FOLDS: Readonly<Record<string, Fold>> = {
  Identity: (_, [x]) => x,
  Cast: (node, [x]) => {
    const to = node.int('to', 1);
    const type = INTEGER_TYPES.has(to) ? 'integer' : to === 9 ? 'boolean' : 'float';
    const values = type === 'integer' ? x.values.map(Math.trunc) : type === 'boolean' ? x.values.map((v) => +(v !== 0)) : x.values; // prettier-ignore
    return constant(x.name, type, x.shape, values);
  },
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: divide,
  Mod: elementwise((a, b) => a - b * Math.floor(a / b)),
  Neg: elementwise((a) => -a),
  Abs: elementwise(Math.abs),
  Sqrt: elementwise(Math.sqrt),
  Reciprocal: elementwise((a) => 1 / a),
  Exp: elementwise(Math.exp),
  Pow: (node, inputs) => ({ ...(elementwise(Math.pow)(node, inputs) as Constant), type: inputs[0].type }),
  Floor: elementwise(Math.floor),
  Ceil: elementwise(Math.ceil),
  Clip: (node, [x]) => {
    const [low, high] = [node.known(1)?.values[0] ?? -Infinity, node.known(2)?.values[0] ?? Infinity];
    return { ...x, values: x.values.map((value) => Math.min(high, Math.max(low, value))) };
  },
  Min: elementwise(Math.min),
  Max: elementwise(Math.max),
  DequantizeLinear: dequantise,
  Equal: elementwise((a, b) => +(a === b), 'boolean'),
  Less: elementwise((a, b) => +(a < b), 'boolean'),
  Greater: elementwise((a, b) => +(a > b), 'boolean'),
  Not: elementwise((a) => +!a, 'boolean'),
  Where: elementwise((condition, a, b) => (condition ? a : b)),
  Shape: (node, [x]) => shapeConstant(node, x.shape),
  Size: (node, [x]) => constant(node.node.outputs[0], 'integer', [], [x.values.length]),
  Reshape: (node, [x, target]) => reshapeTo(node, x, reshapeTarget(node, x.shape, [...target.values])),
  Flatten: (node, [x]) => {
    const axis = node.int('axis', 1);
    return reshapeTo(node, x, [count(x.shape.slice(0, axis)), count(x.shape.slice(axis))]);
  },
  Squeeze: (node, [x]) => reshapeTo(node, x, squeezed(node, x.shape)),
  Unsqueeze: (node, [x]) => reshapeTo(node, x, unsqueezed(node, x.shape)),
  Transpose: transpose,
  Concat: concat,
  Gather: (node, [x, indices]) => {
    const axis = node.axis(node.int('axis', 0), x.shape.length);
    const from0 = [...indices.values].map((i) => (i < 0 ? i + x.shape[axis] : i));
    const picked = take(node, x, axis, from0);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return { ...picked, shape };
  },
  Slice: (node, [x]) =>
    sliceRanges(node, x.shape).reduce((part, { axis, indices }) => take(node, part, axis, indices), x),
  Split: (node, [x]) => {
    const axis = node.axis(node.int('axis', 0), x.shape.length);
    let from = 0;
    return splitSizes(node, x.shape[axis]).map((size) => {
      const indices = Array.from({ length: size }, (_, i) => from + i);
      from += size;
      return take(node, x, axis, indices);
    });
  },
  ConstantOfShape: (node, [shape]) => {
    const value = node.node.attributes.get('value')?.tensor;
    const sizes = [...shape.values];
    const raw = value?.raw ? Buffer.from(value.raw) : null;
    const filler = !value
      ? 0
      : (value.floats?.[0] ??
        value.ints[0] ??
        (raw && raw.some((byte) => byte !== 0) ? readFiller(node, value.dataType, raw) : 0));
    const type = !value || value.dataType === 1 ? 'float' : 'integer';
    return constant(node.node.outputs[0], type, sizes, new Float64Array(bounded(node, sizes)).fill(filler));
  },
  Expand: (node, [x, target]) => {
    const shape = broadcast(node, [x.shape, [...target.values]]);
    const values = new Float64Array(bounded(node, shape));
    for (let i = 0; i < values.length; i++) values[i] = x.values[positionIn(x.shape, shape, i)];
    return constant(nameOf(node, x), x.type, shape, values);
  },
  Range: (node, [start, limit, delta]) => {
    const length = Math.max(0, Math.ceil((limit.values[0] - start.values[0]) / delta.values[0]));
    bounded(node, [length]);
    const values = Array.from({ length }, (_, i) => start.values[0] + i * delta.values[0]);
    return constant(node.node.outputs[0], start.type, [length], values);
  },
  ReduceProd: reduce((a, b) => a * b, 1),
  ReduceSum: reduce((a, b) => a + b, 0),
  ReduceMax: reduce(Math.max, -Infinity),
  ReduceMin: reduce(Math.min, Infinity),
};

function readFiller(node: NodeReader, dataType: number, raw: Buffer): number {
  if (dataType === 1) return raw.readFloatLE(0);
  if (dataType === 7) return Number(raw.readBigInt64LE(0));
  if (dataType === 6) return raw.readInt32LE(0);
  if (dataType === 9) return raw[0];
  return node.fail(`expected a float or an integer to fill with, got ONNX's type ${dataType}.`);
}

/** A shape as numbers, or the part of it that the node asks for. */
export function shapeConstant(node: NodeReader, shape: readonly number[]): Constant {
  const sizes = shape.slice(node.int('start', 0), node.has('end') ? node.int('end', 0) : undefined);
  return constant(node.node.outputs[0], 'integer', [sizes.length], sizes);
}

/** Sizes of the parts of a Split along an axis of the given size. */
export function splitSizes(node: NodeReader, size: number): number[] {
  const listed = node.list(1, 'split');
  const parts = node.has('num_outputs') ? node.int('num_outputs', 1) : node.node.outputs.length;
  const each = Math.ceil(size / parts);
  const sizes = listed ? [...listed] : Array.from({ length: parts }, (_, i) => Math.min(each, size - i * each));
  if (sizes.some((n) => !Number.isInteger(n) || n < 0) || sizes.reduce((sum, n) => sum + n, 0) !== size) {
    node.fail(`parts of [${sizes.join(', ')}] do not make ${size}.`);
  }
  return sizes;
}
