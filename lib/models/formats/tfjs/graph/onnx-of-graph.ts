import { ModelError } from '../../../../errors.js';
import type { StoredWeight } from '../../keras/stored-weights.js';
import { isObject } from '../../model-file.js';
import type { OnnxModel, OnnxValueInfo } from '../../onnx/onnx-schema.js';
import { GraphNode, plainValue } from './graph-node.js';
import { OnnxGraphBuilder } from './onnx-graph-builder.js';
import { TENSORFLOW_OPERATIONS } from './operations.js';

const OPSET = 13;

/**
 * A TensorFlow graph in ONNX's terms, which are those that layers are made from: the channels stay last, with a Transpose
 * on both sides of what wants them first.
 * @param topology `modelTopology`: a GraphDef as JSON
 * @param signature the model's inputs and outputs by name, where the file has them
 * @param file name for messages
 * @throws ModelError naming the node that has no counterpart
 */
export function onnxOfGraph(
  topology: Readonly<Record<string, unknown>>,
  signature: unknown,
  stored: readonly StoredWeight[],
  file: string,
): OnnxModel {
  const { node: given } = topology;
  if (!Array.isArray(given)) throw new ModelError(`${file}: expected a graph with a list of nodes.`);
  const library = isObject(topology['library']) ? topology['library']['function'] : undefined;
  if (Array.isArray(library) && library.length > 0) {
    throw new ModelError(`${file}: the graph calls functions of its own (a condition or a loop).`);
  }
  const nodes = given.map((one) => new GraphNode(one, file));
  const to = new OnnxGraphBuilder();
  for (const { name, tensor } of stored) {
    const type = tensor.dtype === 'bool' ? 'boolean' : tensor.dtype === 'int32' ? 'integer' : 'float';
    to.tensor(name, tensor.shape, tensor.values as ArrayLike<number>, type);
  }
  const known = new Map(stored.map(({ name, tensor }) => [name, tensor]));
  const graph = { to, nodes: new Map(nodes.map((node) => [node.name, node])), readers: readersOf(nodes), known };
  const inputs: OnnxValueInfo[] = [];
  for (const node of nodes) {
    if (node.op === 'Placeholder') inputs.push(imageOf(node, signature));
    else if (node.op === 'Const') {
      if (!known.has(node.name)) node.fail('its numbers are not among the weights.');
    } else if (node.op !== 'NoOp') {
      const operation = Object.hasOwn(TENSORFLOW_OPERATIONS, node.op) ? TENSORFLOW_OPERATIONS[node.op] : undefined;
      if (!operation) node.fail('the operation has no counterpart among the layers.');
      else operation(node, graph);
    }
  }
  const outputs = outputsOf(signature, nodes).map((name) => ({ name, dataType: 1, dims: null, dimNames: [], kind: 'tensor' })); // prettier-ignore
  return {
    irVersion: 8,
    producer: 'tensorflowjs_converter',
    producerVersion: '',
    opsets: new Map([['', OPSET]]),
    metadata: new Map(),
    graph: { name: 'graph', nodes: to.nodes, initializers: [...to.tensors.values()], inputs, outputs },
    functions: [],
  };
}

function readersOf(nodes: readonly GraphNode[]): ReadonlyMap<string, readonly GraphNode[]> {
  const readers = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  return readers;
}

/** What goes in: the shape as the node says it, or the signature, which is often the more exact. */
function imageOf(node: GraphNode, signature: unknown): OnnxValueInfo {
  const { inputs } = isObject(signature) ? signature : {};
  const entries = isObject(inputs) ? Object.values(inputs).filter(isObject) : [];
  const own = entries.find(({ name }) => typeof name === 'string' && plainValue(name) === node.name);
  const shape = isObject(own?.['tensorShape']) ? own['tensorShape']['dim'] : undefined;
  const sizes = Array.isArray(shape)
    ? shape.map((dim: unknown) => {
        const size = Number(isObject(dim) ? dim['size'] : -1);
        return size > 0 ? size : null;
      })
    : null;
  const dims = sizes && sizes.length > 0 ? sizes : node.shape();
  return { name: node.name, dataType: 1, dims, dimNames: (dims ?? []).map(() => ''), kind: 'tensor' };
}

/** The signature's outputs, or what nobody reads. */
function outputsOf(signature: unknown, nodes: readonly GraphNode[]): string[] {
  const { outputs } = isObject(signature) ? signature : {};
  const names = (isObject(outputs) ? Object.values(outputs) : [])
    .map((one) => (isObject(one) ? one['name'] : undefined))
    .filter((name): name is string => typeof name === 'string');
  if (names.length > 0) return [...new Set(names.map(plainValue))];
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.map((name) => name.replace(/:\d+$/, ''))));
  return nodes.filter(({ name, op }) => !read.has(name) && op !== 'Const' && op !== 'NoOp').map(({ name }) => name);
}
