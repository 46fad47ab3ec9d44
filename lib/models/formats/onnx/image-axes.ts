import type { CheckedGraph } from './onnx-graph.js';
import type { OnnxNode } from './onnx-schema.js';

/** Which axis of the graph's input is which. */
export interface ImageAxes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

const FIRST: ImageAxes = { channels: 1, height: 2, width: 3 };
const LAST: ImageAxes = { channels: 3, height: 1, width: 2 };

/** Operators that take their channels from axis 1, height and width from 2 and 3. */
const CHANNELS_FIRST = new Set([
  'Conv',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'BatchNormalization',
  'InstanceNormalization',
  'LRN',
]);
/** Operators that leave the axes where they are. */
const KEEPS_AXES = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Cast',
  'Identity',
  'Pad',
  'Clip',
  'Relu',
  'Resize',
  'Dropout',
  'Concat',
]);

/**
 * Follows the input to the first operator whose axes are fixed: PyTorch's networks take [batch, channels, height, width],
 * tf2onnx's a Transpose in front of the first convolution. Without such an
 * operator two equal sizes are height and width, and an axis of 1, 3 or 4 is the channels.
 */
export function imageAxes(graph: CheckedGraph, input: string, dims: readonly (number | null)[]): ImageAxes | null {
  const readersOf = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) readersOf.set(name, [...(readersOf.get(name) ?? []), node]);
  }
  let front: { value: string; order: number[] }[] = [{ value: input, order: [0, 1, 2, 3] }];
  const seen = new Set<string>();
  while (front.length > 0) {
    const next: typeof front = [];
    for (const { value, order } of front) {
      if (seen.has(value)) continue;
      seen.add(value);
      for (const node of readersOf.get(value) ?? []) {
        if (CHANNELS_FIRST.has(node.operator)) return { channels: order[1], height: order[2], width: order[3] };
        const perm = node.operator === 'Transpose' ? node.attributes.get('perm')?.ints : undefined;
        if (perm?.length === 4) next.push({ value: node.outputs[0], order: perm.map((axis) => order[axis]) });
        else if (KEEPS_AXES.has(node.operator)) next.push({ value: node.outputs[0], order });
      }
    }
    front = next;
  }
  const same = (a: number, b: number) => dims[a] !== null && dims[a] === dims[b];
  if (same(2, 3) !== same(1, 2)) return same(2, 3) ? FIRST : LAST;
  const few = (n: number | null) => n === 1 || n === 3 || n === 4;
  if (few(dims[1]) !== few(dims[3])) return few(dims[1]) ? FIRST : LAST;
  return null;
}
