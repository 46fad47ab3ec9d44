import { ModelError } from '../../../errors.js';
import { GraphLookup } from './graph-lookup.js';
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxModel,
  OnnxNode,
  OnnxTensorProto,
  OnnxValueInfo,
} from './onnx-schema.js';
import { recogniseActivations } from './recognise-activations.js';
import { recogniseAdaptivePooling } from './recognise-adaptive-pooling.js';
import { recogniseNormalisation } from './recognise-normalisation.js';

/** A model's graph, checked, its own functions put in where they are called, nodes after what they read. */
export interface CheckedGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensorProto>;
  /** Without those that an initializer gives a value. */
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** How often a value is read, as an output of the graph too. */
  readonly readers: ReadonlyMap<string, number>;
  readonly opset: number;
}

/** Networks have a few thousand nodes; a function that calls functions can stand for any number. */
const MOST_NODES = 200_000;
const OLDEST_OPSET = 7;

/** @param file name for messages @throws ModelError */
export function checkGraph(model: OnnxModel, file: string): CheckedGraph {
  const fail = (message: string): never => {
    throw new ModelError(`${file}: ${message}`);
  };
  const { graph } = model;
  if (!graph || graph.nodes.length === 0) return fail('expected an ONNX model, found no graph with nodes in it.');
  const opset = model.opsets.get('');
  if (opset === undefined) return fail('expected an operator set of ONNX, the file names none.');
  if (opset < OLDEST_OPSET) {
    fail(`expected opset ${OLDEST_OPSET} or later, got ${opset}; export it again, or use onnx.version_converter.`);
  }
  const initializers = new Map<string, OnnxTensorProto>();
  for (const tensor of graph.initializers) {
    if (initializers.has(tensor.name)) fail(`two tensors are called '${tensor.name}'.`);
    initializers.set(tensor.name, tensor);
  }
  const functions = new Map(model.functions.map((fn) => [`${fn.domain}:${fn.name}`, fn]));
  const inputs = graph.inputs.filter(({ name }) => !initializers.has(name));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const written = inOrder(inlined(graph.nodes, functions, file), inputs, initializers, file);
  const made = new Set([...inputs.map(({ name }) => name), ...written.flatMap((node) => node.outputs)]);
  for (const output of outputs) if (!made.has(output)) fail(`nothing in the file makes the output '${output}'.`);
  const found = new GraphLookup(written, initializers, outputs);
  const normalised = recogniseAdaptivePooling(recogniseNormalisation(written, found), found);
  const lookup = new GraphLookup(normalised, initializers, outputs);
  const nodes = needed(recogniseActivations(normalised, lookup), outputs);
  const readers = new Map<string, number>();
  const count = (value: string) => readers.set(value, (readers.get(value) ?? 0) + 1);
  for (const node of nodes) node.inputs.forEach(count);
  outputs.forEach(count);
  return { nodes, initializers, inputs, outputs: graph.outputs, readers, opset };
}

/** The nodes from which the outputs are computed. @param nodes in order */
function needed(nodes: readonly OnnxNode[], outputs: ReadonlySet<string>): OnnxNode[] {
  const wanted = new Set(outputs);
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => wanted.has(output))) return false;
    node.inputs.forEach((input) => wanted.add(input));
    return true;
  });
  return kept.reverse();
}

/** Nodes after those that make what they read. */
function inOrder(
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValueInfo[],
  initializers: ReadonlyMap<string, unknown>,
  file: string,
): OnnxNode[] {
  const makers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (makers.has(output)) throw new ModelError(`${file}: two nodes make the value '${output}'.`);
      makers.set(output, node);
    }
  }
  const given = new Set([...inputs.map(({ name }) => name), ...initializers.keys(), '']);
  const waiting = new Map<OnnxNode, number>();
  const readersOf = new Map<OnnxNode, OnnxNode[]>();
  const ready: OnnxNode[] = [];
  for (const node of nodes) {
    const needs = new Set<OnnxNode>();
    for (const input of node.inputs) {
      const maker = makers.get(input);
      if (maker) needs.add(maker);
      else if (!given.has(input)) {
        throw new ModelError(`${file}: ${describe(node)} reads '${input}', which nothing in the file makes.`);
      }
    }
    waiting.set(node, needs.size);
    for (const maker of needs) readersOf.set(maker, [...(readersOf.get(maker) ?? []), node]);
    if (needs.size === 0) ready.push(node);
  }
  const ordered: OnnxNode[] = [];
  for (let next = ready.shift(); next; next = ready.shift()) {
    ordered.push(next);
    for (const reader of readersOf.get(next) ?? []) {
      const left = waiting.get(reader)! - 1;
      waiting.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  if (ordered.length < nodes.length) {
    const stuck = nodes.find((node) => waiting.get(node)! > 0)!;
    throw new ModelError(
      `${file}: ${describe(stuck)} reads what is made from its own output; the graph goes in a circle.`,
    );
  }
  return ordered;
}

/** A node as messages name it: operator, name, and the program's place where the exporter wrote it down. */
export function describe(node: OnnxNode): string {
  const domain = node.domain === '' || node.domain === 'ai.onnx' ? '' : `${node.domain}.`;
  const name = node.name === '' ? `that makes '${node.outputs[0] ?? ''}'` : `'${node.name}'`;
  const origin = node.metadata.get('namespace');
  return `node ${name} (${domain}${node.operator})${origin ? ` from ${origin.replace(/^: /, '').slice(0, 200)}` : ''}`;
}

/** Nodes with those of the model's functions in place of the calls, any depth. */
function inlined(nodes: readonly OnnxNode[], functions: ReadonlyMap<string, OnnxFunction>, file: string): OnnxNode[] {
  if (functions.size === 0) return [...nodes];
  let calls = 0;
  let total = 0;
  const walk = (list: readonly OnnxNode[], within: readonly OnnxFunction[]): OnnxNode[] =>
    list.flatMap((node) => {
      const fn = functions.get(`${node.domain}:${node.operator}`);
      if (!fn) {
        if (++total > MOST_NODES)
          throw new ModelError(`${file}: expected at most ${MOST_NODES} nodes, its functions make more.`);
        return [node];
      }
      if (within.includes(fn)) throw new ModelError(`${file}: function '${fn.name}' calls itself.`);
      return walk(bodyOf(fn, node, `${node.name || fn.name}#${calls++}`), [...within, fn]);
    });
  return walk(nodes, []);
}

/** A function's nodes for one call: values renamed, attributes of the call filled in. */
function bodyOf(fn: OnnxFunction, call: OnnxNode, prefix: string): OnnxNode[] {
  const names = new Map<string, string>();
  fn.inputs.forEach((name, i) => names.set(name, call.inputs[i] ?? ''));
  fn.outputs.forEach((name, i) => names.set(name, call.outputs[i] || `${prefix}/${name}`));
  const renamed = (name: string) => (name === '' ? '' : (names.get(name) ?? `${prefix}/${name}`));
  return fn.nodes.map((node) => {
    const attributes = new Map<string, OnnxAttribute>();
    for (const [name, attribute] of node.attributes) {
      if (attribute.reference === '') attributes.set(name, attribute);
      else {
        const value = call.attributes.get(attribute.reference) ?? fn.defaults.get(attribute.reference);
        if (value) attributes.set(name, { ...value, name });
      }
    }
    return {
      ...node,
      name: `${call.name || fn.name}/${node.name || node.operator}`,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
      attributes,
      metadata: node.metadata.size > 0 ? node.metadata : call.metadata,
    };
  });
}
