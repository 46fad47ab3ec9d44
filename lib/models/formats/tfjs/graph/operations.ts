import { knownInts, matrix, type Operation } from './graph-context.js';
import type { GraphNode } from './graph-node.js';
import type { AttributeValue } from './onnx-graph-builder.js';
import { CONVOLUTIONS } from './window-operations.js';

const same =
  (operator: string, attributes: (node: GraphNode) => Record<string, AttributeValue> = () => ({})): Operation =>
  (node, { to }) =>
    void to.node(node.name, operator, node.inputs, attributes(node), [node.output()]);

/** Several nodes in a row, each on what the one before makes. */
const chain =
  (...operators: readonly string[]): Operation =>
  (node, { to }) =>
    void operators.reduce(
      (value, operator, i) =>
        to.node(node.name, operator, [value], {}, i === operators.length - 1 ? [node.output()] : undefined),
      node.input(0),
    );

const pass: Operation = (node, { to }) => void to.node(node.name, 'Identity', [node.input(0)], {}, [node.output()]);

/** Axes as an attribute, as opset 13 has them of means and maxima, or as an input. */
const reduce =
  (operator: string): Operation =>
  (node, graph) => {
    const axes = knownInts(graph, node, 1);
    const keepdims = node.flag('keep_dims') ? 1 : 0;
    const { to } = graph;
    if (operator === 'ReduceSum') {
      to.node(node.name, operator, [node.input(0), to.ints(node.name, axes)], { keepdims }, [node.output()]);
    } else to.node(node.name, operator, [node.input(0)], { keepdims, axes }, [node.output()]);
  };

/** b is added along the channels, which the last axis is; [batch, channels, height, width] is not what tfjs converts to. */
const addBias: Operation = (node, { to }) => {
  if (node.text('data_format', 'NHWC') !== 'NHWC') node.fail('data_format: expected NHWC.');
  to.node(node.name, 'Add', [node.input(0), node.input(1)], {}, [node.output()]);
};

const squaredDifference: Operation = (node, { to }) => {
  const difference = to.node(node.name, 'Sub', node.inputs);
  to.node(node.name, 'Mul', [difference, difference], {}, [node.output()]);
};

const squeeze: Operation = (node, { to }) => {
  const axes = node.ints('squeeze_dims');
  const more = axes.length > 0 ? [to.ints(node.name, axes)] : [];
  to.node(node.name, 'Squeeze', [node.input(0), ...more], {}, [node.output()]);
};

const expandDims: Operation = (node, graph) => {
  const [axis] = knownInts(graph, node, 1);
  graph.to.node(node.name, 'Unsqueeze', [node.input(0), graph.to.ints(node.name, [axis])], {}, [node.output()]);
};

const pack: Operation = (node, { to }) => {
  const axis = node.int('axis', 0);
  const parts = node.inputs.map((input) => to.node(node.name, 'Unsqueeze', [input, to.ints(node.name, [axis])]));
  to.node(node.name, 'Concat', parts, { axis }, [node.output()]);
};

const concat: Operation = (node, graph) => {
  const parts = node.inputs.slice(0, -1);
  const [axis] = knownInts(graph, node, parts.length);
  graph.to.node(node.name, 'Concat', parts, { axis }, [node.output()]);
};

const transpose: Operation = (node, graph) =>
  void graph.to.node(node.name, 'Transpose', [node.input(0)], { perm: knownInts(graph, node, 1) }, [node.output()]);

const pad: Operation = (node, graph) => {
  const pairs = knownInts(graph, node, 1);
  const pads = [...pairs.filter((_, i) => i % 2 === 0), ...pairs.filter((_, i) => i % 2 === 1)];
  const value = node.op === 'PadV2' ? [node.input(2)] : [];
  const { to } = graph;
  to.node(node.name, 'Pad', [node.input(0), to.ints(node.name, pads), ...value], { mode: 'constant' }, [node.output()]);
};

/** What masks of StridedSlice mean: ends left open, axes left out. */
const stridedSlice: Operation = (node, graph) => {
  const [begin, end, step] = [1, 2, 3].map((i) => knownInts(graph, node, i));
  if (node.int('ellipsis_mask', 0) || node.int('new_axis_mask', 0)) node.fail('ellipsis and new axes are not read.');
  const has = (mask: string, axis: number) => ((node.int(mask, 0) >> axis) & 1) === 1;
  const starts: number[] = [];
  const ends: number[] = [];
  const gone: number[] = [];
  const farthest = 2 ** 31 - 1;
  for (const [axis, stride] of step.entries()) {
    if (has('shrink_axis_mask', axis)) {
      gone.push(axis);
      starts.push(begin[axis]);
      ends.push(begin[axis] === -1 ? farthest : begin[axis] + 1);
      step[axis] = 1;
      continue;
    }
    if (stride < 1) node.fail('goes backwards, which is not read.');
    starts.push(has('begin_mask', axis) ? 0 : begin[axis]);
    ends.push(has('end_mask', axis) ? farthest : end[axis]);
  }
  const { to } = graph;
  const axes = step.map((_, axis) => axis);
  const lists = [starts, ends, axes, step].map((list) => to.ints(node.name, list));
  const cut = to.node(node.name, 'Slice', [node.input(0), ...lists], {}, gone.length > 0 ? undefined : [node.output()]);
  if (gone.length > 0) to.node(node.name, 'Squeeze', [cut, to.ints(node.name, gone)], {}, [node.output()]);
};

const slice: Operation = (node, graph) => {
  const [begin, size] = [1, 2].map((i) => knownInts(graph, node, i));
  const ends = begin.map((from, axis) => (size[axis] === -1 ? 2 ** 31 - 1 : from + size[axis]));
  const { to } = graph;
  const lists = [begin, ends, begin.map((_, axis) => axis)].map((list) => to.ints(node.name, list));
  to.node(node.name, 'Slice', [node.input(0), ...lists], {}, [node.output()]);
};

const split: Operation = (node, graph) => {
  const [axis] = knownInts(graph, node, 0);
  const outputs = Array.from({ length: node.int('num_split', 1) }, (_, i) => node.output(i));
  graph.to.node(node.name, 'Split', [node.input(1)], { axis }, outputs);
};

const splitSizes: Operation = (node, graph) => {
  const [axis] = knownInts(graph, node, 2);
  const sizes = knownInts(graph, node, 1);
  const outputs = sizes.map((_, i) => node.output(i));
  graph.to.node(node.name, 'Split', [node.input(0), graph.to.ints(node.name, sizes)], { axis }, outputs);
};

const gather: Operation = (node, graph) => {
  const [axis] = node.op === 'GatherV2' ? knownInts(graph, node, 2) : [0];
  graph.to.node(node.name, 'Gather', [node.input(0), node.input(1)], { axis }, [node.output()]);
};

const product: Operation = (node, { to }) => {
  if (node.flag('transpose_a') || node.flag('adj_x')) node.fail('transpose_a is not read.');
  to.node(node.name, 'MatMul', [node.input(0), matrix(node, to)], {}, [node.output()]);
};

const relu6: Operation = (node, { to }) => {
  const ends = [to.scalar(node.name, 0), to.scalar(node.name, 6)];
  to.node(node.name, 'Clip', [node.input(0), ...ends], {}, [node.output()]);
};

const clip: Operation = (node, { to }) => void to.node(node.name, 'Clip', node.inputs, {}, [node.output()]);

const lastAxis = () => ({ axis: -1 });

/** TensorFlow's operations that tfjs's converter leaves in graphs of convolutional networks. */
export const TENSORFLOW_OPERATIONS: Readonly<Record<string, Operation>> = {
  ...CONVOLUTIONS,
  Identity: pass,
  StopGradient: pass,
  PreventGradient: pass,
  Snapshot: pass,
  Cast: pass,
  Add: same('Add'),
  AddV2: same('Add'),
  AddN: same('Sum'),
  BiasAdd: addBias,
  Sub: same('Sub'),
  Mul: same('Mul'),
  Div: same('Div'),
  RealDiv: same('Div'),
  Maximum: same('Max'),
  Minimum: same('Min'),
  Neg: same('Neg'),
  Abs: same('Abs'),
  Square: (node, { to }) => void to.node(node.name, 'Mul', [node.input(0), node.input(0)], {}, [node.output()]),
  SquaredDifference: squaredDifference,
  Sqrt: same('Sqrt'),
  Rsqrt: chain('Sqrt', 'Reciprocal'),
  Reciprocal: same('Reciprocal'),
  Pow: same('Pow'),
  Exp: same('Exp'),
  Erf: same('Erf'),
  Log: same('Log'),
  Relu: same('Relu'),
  Relu6: relu6,
  ClipByValue: clip,
  Elu: same('Elu'),
  Selu: same('Selu'),
  LeakyRelu: same('LeakyRelu', (node) => ({ alpha: { float: node.float('alpha', 0.2) } })),
  Prelu: same('PRelu'),
  Sigmoid: same('Sigmoid'),
  Tanh: same('Tanh'),
  Softplus: same('Softplus'),
  Softsign: same('Softsign'),
  Softmax: same('Softmax', lastAxis),
  LogSoftmax: same('LogSoftmax', lastAxis),
  Mean: reduce('ReduceMean'),
  Max: reduce('ReduceMax'),
  Sum: reduce('ReduceSum'),
  Prod: reduce('ReduceProd'),
  Reshape: same('Reshape'),
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Shape: same('Shape'),
  Pack: pack,
  ConcatV2: concat,
  Transpose: transpose,
  Pad: pad,
  PadV2: pad,
  StridedSlice: stridedSlice,
  Slice: slice,
  Split: split,
  SplitV: splitSizes,
  Gather: gather,
  GatherV2: gather,
  MatMul: product,
};
