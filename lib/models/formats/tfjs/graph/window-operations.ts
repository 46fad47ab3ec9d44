import { shortened } from '../../../../printable.js';
import { type GraphContext, knownInts, matrix, type Operation } from './graph-context.js';
import type { GraphNode } from './graph-node.js';
import type { AttributeValue } from './onnx-graph-builder.js';

const FIRST = { perm: [0, 3, 1, 2] };
const LAST = { perm: [0, 2, 3, 1] };

/** Height and width of [batch, height, width, channels]. */
function mapPart(node: GraphNode, attribute: string): [number, number] {
  const list = node.ints(attribute);
  if (list.length === 0) return [1, 1];
  if (list.length !== 4 || list[0] !== 1 || list[3] !== 1) {
    return node.fail(`${attribute}: expected [1, height, width, 1], got [${list.join(', ')}].`);
  }
  return [list[1], list[2]];
}

function border(node: GraphNode): Record<string, AttributeValue> {
  const padding = node.text('padding', 'VALID');
  if (padding === 'SAME') return { auto_pad: 'SAME_UPPER' };
  if (padding === 'VALID') return { pads: [0, 0, 0, 0] };
  const around = node.ints('explicit_paddings');
  if (padding !== 'EXPLICIT' || around.length !== 8) node.fail(`padding: expected SAME, VALID or EXPLICIT, got ${shortened(padding, 40)}.`); // prettier-ignore
  return { pads: [around[2], around[4], around[3], around[5]] };
}

function channelsLast(node: GraphNode): void {
  if (node.text('data_format', 'NHWC') !== 'NHWC') node.fail('data_format: expected NHWC, as tfjs converts to.');
}

/** What TensorFlow makes of a dilated convolution: the image in phases, each convolved on its own, and put together again. */
function phases(node: GraphNode, { nodes, readers }: GraphContext) {
  const apart = nodes.get(node.input(0));
  if (apart?.op !== 'SpaceToBatchND') return null;
  const [together, ...others] = readers.get(node.name) ?? [];
  if (together?.op !== 'BatchToSpaceND' || others.length > 0) {
    return node.fail('reads an image in phases that is not put together behind it.');
  }
  return { apart, together };
}

const convolution =
  (kernelOf: (node: GraphNode, graph: GraphContext) => { kernel: string; group: number }): Operation =>
  (node, graph) => {
    channelsLast(node);
    const { to } = graph;
    const { kernel, group } = kernelOf(node, graph);
    const dilated = phases(node, graph);
    const strides = mapPart(node, 'strides');
    let settings: Record<string, AttributeValue> = { strides, group, dilations: mapPart(node, 'dilations'), ...border(node) }; // prettier-ignore
    if (dilated) {
      const { apart, together } = dilated;
      if (strides.some((n) => n !== 1)) node.fail('has strides in an image in phases.');
      const [top, bottom, left, right] = knownInts(graph, apart, 2);
      const [above, below, before, behind] = knownInts(graph, together, 2);
      const pads = [top - above, left - before, bottom - below, right - behind];
      settings = { strides, group, dilations: knownInts(graph, apart, 1), pads };
    }
    const image = dilated ? dilated.apart.input(0) : node.input(0);
    const x = to.node(node.name, 'Transpose', [image], FIRST);
    const made = to.node(node.name, 'Conv', [x, kernel], settings);
    const last = to.node(node.name, 'Transpose', [made], LAST);
    fused(node, graph, last);
  };

/** [height, width, inputs, filters] → [filters, inputs, height, width] */
const plain = convolution((node, { to }) => ({
  kernel: to.node(node.name, 'Transpose', [node.input(1)], { perm: [3, 2, 0, 1] }),
  group: 1,
}));

/** [height, width, channels, each] → [channels · each, 1, height, width] */
const depthwise = convolution((node, { to, known }) => {
  const [height, width, channels, each] = known.get(node.input(1))?.shape ?? node.fail('its kernels are not known.');
  const moved = to.node(node.name, 'Transpose', [node.input(1)], { perm: [2, 3, 0, 1] });
  const shape = to.ints(node.name, [channels * each, 1, height, width]);
  return { kernel: to.node(node.name, 'Reshape', [moved, shape]), group: channels };
});

/** What is done to the result in the same operation: `fused_ops`, with what they read behind the first two inputs. */
function fused(node: GraphNode, { to }: GraphContext, value: string): void {
  let next = 2;
  for (const operation of node.texts('fused_ops')) {
    switch (operation) {
      case 'BiasAdd':
        value = to.node(node.name, 'Add', [value, node.input(next++)]);
        break;
      case 'Prelu':
        value = to.node(node.name, 'PRelu', [value, node.input(next++)]);
        break;
      case 'Relu6':
        value = to.node(node.name, 'Clip', [value, to.scalar(node.name, 0), to.scalar(node.name, 6)]);
        break;
      case 'LeakyRelu':
        value = to.node(node.name, 'LeakyRelu', [value], { alpha: { float: node.float('leakyrelu_alpha', 0.2) } });
        break;
      case 'Relu':
      case 'Elu':
      case 'Sigmoid':
      case 'Tanh':
        value = to.node(node.name, operation, [value]);
        break;
      default:
        node.fail(`the fused operation ${shortened(operation, 40)} has no counterpart.`);
    }
  }
  to.node(node.name, 'Identity', [value], {}, [node.output()]);
}

const pool =
  (operator: 'MaxPool' | 'AveragePool'): Operation =>
  (node, { to }) => {
    channelsLast(node);
    const settings = { kernel_shape: mapPart(node, 'ksize'), strides: mapPart(node, 'strides'), ...border(node) };
    const x = to.node(node.name, 'Transpose', [node.input(0)], FIRST);
    const made = to.node(node.name, operator, [x], settings);
    to.node(node.name, 'Transpose', [made], LAST, [node.output()]);
  };

const batchNorm: Operation = (node, { to }) => {
  channelsLast(node);
  const x = to.node(node.name, 'Transpose', [node.input(0)], FIRST);
  const settings = { epsilon: { float: node.float('epsilon', 1e-4) } };
  const made = to.node(node.name, 'BatchNormalization', [x, ...node.inputs.slice(1, 5)], settings);
  to.node(node.name, 'Transpose', [made], LAST, [node.output()]);
};

/** Transposed: [height, width, filters, inputs] → [inputs, filters, height, width]; its border is the other way round. */
const transposed: Operation = (node, { to, known }) => {
  channelsLast(node);
  const [height, width] = known.get(node.input(1))?.shape ?? node.fail('its kernels are not known.');
  const strides = mapPart(node, 'strides');
  if (mapPart(node, 'dilations').some((n) => n !== 1)) node.fail('is dilated, which is not read.');
  const same = node.text('padding', 'VALID') === 'SAME';
  const total = [height, width].map((size, i) => (same ? size - strides[i] : 0));
  const ahead = total.map((n) => Math.floor(Math.max(n, 0) / 2));
  const pads = [...ahead, ...total.map((n, i) => Math.max(n, 0) - ahead[i])];
  const output_padding = total.map((n) => Math.max(-n, 0));
  const kernel = to.node(node.name, 'Transpose', [node.input(1)], { perm: [3, 2, 0, 1] });
  const x = to.node(node.name, 'Transpose', [node.input(2)], FIRST);
  const made = to.node(node.name, 'ConvTranspose', [x, kernel], { strides, pads, output_padding });
  to.node(node.name, 'Transpose', [made], LAST, [node.output()]);
};

const resize: Operation = (node, graph) => {
  const { to } = graph;
  if (node.flag('align_corners')) node.fail('align_corners is not read.');
  const smooth = node.op === 'ResizeBilinear';
  const [height, width] = knownInts(graph, node, 1);
  const x = to.node(node.name, 'Transpose', [node.input(0)], FIRST);
  const shape = to.node(node.name, 'Shape', [x]);
  const lists = [[0], [2], [0], [1]].map((list) => to.ints(node.name, list));
  const kept = to.node(node.name, 'Slice', [shape, ...lists]);
  const sizes = to.node(node.name, 'Concat', [kept, to.ints(node.name, [height, width])], { axis: 0 });
  const settings = {
    mode: smooth ? 'linear' : 'nearest',
    nearest_mode: 'floor',
    coordinate_transformation_mode: node.flag('half_pixel_centers') ? 'half_pixel' : 'asymmetric',
  };
  const made = to.node(node.name, 'Resize', [x, '', '', sizes], settings);
  to.node(node.name, 'Transpose', [made], LAST, [node.output()]);
};

const fusedProduct: Operation = (node, graph) => {
  if (node.flag('transpose_a')) node.fail('transpose_a is not read.');
  fused(node, graph, graph.to.node(node.name, 'MatMul', [node.input(0), matrix(node, graph.to)]));
};

/** Nothing by itself: the convolution between the two reads the whole image. */
const phase: Operation = (node, { to, readers }) => {
  if (node.op === 'BatchToSpaceND') {
    to.node(node.name, 'Identity', [node.input(0)], {}, [node.output()]);
  } else if (!readers.get(node.name)?.every(({ op }) => /Conv2D|DepthwiseConv2d/.test(op))) {
    node.fail('cuts an image into phases for something else than a convolution.');
  }
};

/** Operations that look at windows of the image, or have a matrix of weights. */
export const CONVOLUTIONS: Readonly<Record<string, Operation>> = {
  Conv2D: plain,
  _FusedConv2D: plain,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposed,
  SpaceToBatchND: phase,
  BatchToSpaceND: phase,
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  _FusedMatMul: fusedProduct,
};
