import { ModelError } from '../../../errors.js';
import type { Network } from '../network.js';
import { Conversion } from './conversion.js';
import { refuseQuantised } from './dequantise.js';
import { axisSizes, type Feature, mapFeature } from './feature.js';
import { foldConstants } from './fold-constants.js';
import { imageAxes } from './image-axes.js';
import { NodeReader, type Value } from './node-reader.js';
import type { CheckedGraph } from './onnx-graph.js';
import type { OnnxNode, OnnxValueInfo } from './onnx-schema.js';
import { type ExternalData, readTensor } from './onnx-tensor.js';
import { OPERATORS } from './operators/index.js';
import { RECOGNISED_ACTIVATION } from './recognise-activations.js';
import { RECOGNISED_ADAPTIVE_POOLING } from './recognise-adaptive-pooling.js';

/** A network out of an ONNX graph, and what became of it on the way. */
export interface ConvertedGraph {
  readonly network: Network;
  readonly dropped: readonly string[];
  readonly changed: readonly string[];
}

/** Stands for the number of images where the file leaves it open: a number that no other axis has. */
const OPEN_BATCH = 4099;

const LISTED = Object.keys(OPERATORS)
  .filter((name) => name !== RECOGNISED_ACTIVATION && name !== RECOGNISED_ADAPTIVE_POOLING)
  .sort()
  .join(', ');

/**
 * Converts a graph into layers [batch, height, width, channels].
 * @param file for messages
 * @param imageSize [height, width] of the images where the graph leaves them open
 * @throws ModelError naming the node that cannot be converted
 */
export function convertGraph(
  graph: CheckedGraph,
  external: ExternalData,
  file: string,
  imageSize?: readonly [number, number],
): ConvertedGraph {
  const fail = (message: string): never => {
    throw new ModelError(`${file}: ${message}`);
  };
  const to = new Conversion();
  const values = new Map<string, Value>();
  const keep = (name: string, value: Value) => {
    values.set(name, value);
    if (value.kind === 'feature') to.expectReads(value.layer, graph.readers.get(name) ?? 0);
  };

  const [image, ...others] = graph.inputs;
  const valueless = others.filter(({ name }) => name.includes('/'));
  if (image && valueless.length > 0 && valueless.length === others.length) {
    fail(
      `the values of '${valueless
        .map(({ name }) => name)
        .slice(0, 3)
        .join("', '")}' are missing: the exporter left constants out of the file, ` +
        `as Keras's and tf2onnx do with Normalization layers, and nothing can run it. Open the .keras file instead, or export it anew with ` +
        `a Rescaling layer in place of Normalization.`,
    );
  }
  if (!image || others.length > 0) {
    fail(`expected one input, the image; got ${graph.inputs.map(({ name }) => `'${name}'`).join(', ') || 'none'}.`);
  }
  if (graph.outputs.length !== 1) {
    const found = graph.outputs.map(({ name }) => `'${name}'`).join(', ');
    fail(
      `expected one output, a score per class; got ${graph.outputs.length} (${found}). Export a classifier alone, in evaluation mode.`,
    );
  }
  const { batch, feature } = placeImage(image, graph, to, imageSize, fail);
  keep(image.name, feature);

  const valueOf = (name: string): Value | undefined => {
    if (name === '') return undefined;
    const known = values.get(name);
    if (known) return known;
    const stored = readTensor(graph.initializers.get(name)!, external, file);
    values.set(name, stored);
    return stored;
  };
  for (const node of graph.nodes) {
    const reader = new NodeReader(node, node.inputs.map(valueOf), graph.opset, batch, file);
    const made = convertNode(reader, to, external, file);
    made.forEach((value, i) => node.outputs[i] && keep(node.outputs[i], value));
    for (const input of reader.inputs) if (input?.kind === 'feature') to.noteRead(input.layer);
  }

  const [output] = graph.outputs;
  const answer = valueOf(output.name);
  if (answer?.kind !== 'feature') return fail(`output '${output.name}' does not depend on the image.`);
  const end = classScores(answer, output.name, graph.nodes, to, batch, file);
  const network = { name: 'onnx', layers: needed(to, end), inputs: [feature.layer], outputs: [end] };
  return { network, dropped: [...to.dropped], changed: [...to.changed] };
}

function convertNode(reader: NodeReader, to: Conversion, external: ExternalData, file: string): readonly Value[] {
  const { node } = reader;
  try {
    if (node.domain === '' || node.domain === 'ai.onnx') {
      if (reader.inputs.every((input) => input?.kind !== 'feature')) {
        const known = foldConstants(reader, external, file);
        if (known) return known;
      }
      refuseQuantised(reader);
      const operator = Object.hasOwn(OPERATORS, node.operator) ? OPERATORS[node.operator] : undefined;
      if (operator) {
        const made = operator(reader, to);
        return Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError) || error.message.startsWith(file)) throw error;
    return reader.fail(error.message);
  }
  const graphs = [...node.attributes.values()].some(({ hasGraph }) => hasGraph);
  return reader.fail(
    graphs
      ? 'holds graphs of its own (a condition or a loop); export the network for one image size, in evaluation mode.'
      : `the operator is not among those that can be converted to layers (${LISTED}).`,
  );
}

/** The input layer for the image. */
function placeImage(
  image: OnnxValueInfo,
  graph: CheckedGraph,
  to: Conversion,
  imageSize: readonly [number, number] | undefined,
  fail: (message: string) => never,
) {
  const { name, dims, dimNames, kind } = image;
  if (kind !== 'tensor' || dims?.length !== 4) {
    const found =
      kind !== 'tensor'
        ? `a ${kind}`
        : dims
          ? `[${dims.map((n, i) => n ?? (dimNames[i] || '?')).join(', ')}]`
          : 'no shape';
    return fail(`input '${name}': expected images [batch, channels, height, width], got ${found}.`);
  }
  const axes = imageAxes(graph, name, dims);
  if (!axes) return fail(`input '${name}' [${dims.join(', ')}]: cannot tell which axis the channels are.`);
  const sizes = [axes.height, axes.width, axes.channels].map((axis, i) => {
    const size = dims[axis];
    if (size !== null && Number.isSafeInteger(size) && size > 0) return size;
    const given = imageSize?.[i];
    if (given !== undefined) return given;
    const open = `input '${name}': axis ${axis} ('${dimNames[axis]}') has no fixed size`;
    return fail(
      i < 2
        ? `${open}; say how large the images are: loadModel(file, { imageSize: [224, 224] }), or export it with a fixed size.`
        : `${open}, and it counts the channels; export the network with a fixed number of them.`,
    );
  });
  const placed = to.layers.input(name, sizes);
  const map = mapFeature(placed.layer, sizes);
  const [c, h, w] = map.axes;
  const order: Feature['axes'][number][] = [];
  order[axes.channels - 1] = c;
  order[axes.height - 1] = h;
  order[axes.width - 1] = w;
  if (axes.channels === 1) to.changed.add('channels moved last: the model takes [batch, height, width, channels]');
  const batch = dims[0];
  return { batch: batch && batch > 0 ? batch : OPEN_BATCH, feature: { ...map, axes: order } };
}

/** The layer that puts out [batch, classes]. */
function classScores(
  answer: Feature,
  name: string,
  nodes: readonly OnnxNode[],
  to: Conversion,
  batch: number,
  file: string,
): string {
  const sizes = axisSizes(answer);
  const wide = sizes.filter((n) => n > 1);
  if (wide.length > 1 || sizes.length === 0) {
    throw new ModelError(
      `${file}: output '${name}': expected [batch, classes], got [batch, ${sizes.join(', ')}]; ` +
        `maps (segmentation, detection) are no classifier's answer.`,
    );
  }
  const maker = nodes.find(({ outputs }) => outputs.includes(name))!;
  const reader = new NodeReader(maker, [], 0, batch, file);
  if (sizes.length > 1) to.changed.add(`output [batch, ${sizes.join(', ')}] flattened to [batch, ${wide[0] ?? 1}]`);
  return to.orderedVector(reader, { ...answer, axes: [answer.axes.flat()] }).layer;
}

/** The layers from which the output is computed. */
function needed(to: Conversion, output: string) {
  const wanted = new Set([output]);
  const { layers } = to.layers;
  for (const { name, inputs } of [...layers].reverse())
    if (wanted.has(name)) inputs.forEach((input) => wanted.add(input));
  return layers.filter(({ name, className }) => wanted.has(name) || className === 'InputLayer');
}
