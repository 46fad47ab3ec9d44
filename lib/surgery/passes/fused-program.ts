import { OptionError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { WeightArray } from '../graph/weight-layout.js';
import { activationKind, capabilityOf, isNeutral, roleOf } from '../layers/table.js';
import type { ReadModel } from '../trace/read-model.js';

/** One step of a forward pass: a layer with the batch norm and activation that follow it folded in. */
export interface FusedOp {
  /** The layer that is computed first. */
  readonly node: LayerNode;
  /** Layers whose maps are read; of a convolution with a residual, its input and the map that is added. */
  inputs: readonly string[];
  /** The layer whose map comes out: the last one folded in. */
  output: string;
  /** Of convolutions and dense layers: kernels, then the bias if there is one. Of a batch norm: scale, shift. */
  weights: readonly WeightArray[];
  /** Whether the second input is added to a convolution's result before the activation. */
  residual: boolean;
  /** Applied last. */
  activation: string;
}

/** Activations that tfjs's fused kernels apply on every backend. */
export const FUSED_ACTIVATIONS: ReadonlySet<string> = new Set(['linear', 'relu', 'relu6']);

/** The layer whose map a layer hands on unchanged in evaluation mode; itself when it does something. */
export function evaluationSource(graph: ReadonlyMap<string, LayerNode>, name: string): string {
  let node = graph.get(name)!;
  while (isNeutral(node)) node = graph.get(node.inputs[0])!;
  return node.name;
}

/**
 * Turns a layer graph into evaluation-mode steps: dropout left out, batch norm folded into the convolution or dense
 * layer before it (in double precision), ReLU attached to it, and so an addition, for which the convolution waits until
 * the other summand is there.
 * @param maps layers whose maps are wanted: nothing is folded across them
 * @param foldAdditions whether additions are folded into convolutions
 * @throws OptionError when `maps` names an unknown layer
 */
export function fuseGraph(
  { graph, nodes, output, weights }: ReadModel,
  maps: readonly string[] = [],
  foldAdditions = true,
): FusedOp[] {
  const unknown = maps.find((layer) => !nodes.has(layer));
  if (unknown !== undefined) {
    throw new OptionError(`maps: the model has no layer '${unknown}'; it has ${[...nodes.keys()].join(', ')}.`);
  }
  const source = (name: string) => evaluationSource(nodes, name);
  const active = graph.filter((node) => source(node.name) === node.name && node.inputs.length > 0);
  const uses = new Map<string, number>();
  const use = (name: string) => uses.set(source(name), (uses.get(source(name)) ?? 0) + 1);
  for (const node of active) node.inputs.forEach(use);
  maps.forEach(use);
  use(output.name);

  /** The convolution that an addition can be folded into: of two the one that is computed later. */
  const summing = (node: LayerNode, inputs: readonly string[]): FusedOp | undefined => {
    const [a, b] = inputs.map((name) => nodes.get(name)!.outputShape.join());
    if (!foldAdditions || roleOf(node) !== 'addition' || inputs.length !== 2 || a !== b) return undefined;
    return ops.findLast(
      (op) =>
        inputs.includes(op.output) &&
        capabilityOf(op.node, 'absorbs')?.addition === true &&
        op.activation === 'linear' &&
        !op.residual &&
        uses.get(op.output) === 1,
    );
  };

  const ops: FusedOp[] = [];
  const producer = new Map<string, FusedOp>();
  for (const node of active) {
    const inputs = node.inputs.map(source);
    const before = producer.get(inputs[0]);
    /** What the step before takes in, where nothing else reads it and it has no activation yet. */
    const absorbs =
      before?.activation === 'linear' && uses.get(before.output) === 1
        ? capabilityOf(before.node, 'absorbs')
        : undefined;
    const own = weights.get(node.name)!;
    const convolution = summing(node, inputs);
    if (convolution) {
      convolution.inputs = [...convolution.inputs, inputs.find((name) => name !== convolution.output)!];
      convolution.residual = true;
      convolution.output = node.name;
      producer.set(node.name, convolution);
      // Nothing but the addition reads it, so it can wait for the other summand.
      ops.push(...ops.splice(ops.indexOf(convolution), 1));
      continue;
    }
    const scaleAndShift = capabilityOf(node, 'scaleAndShift')?.(node, own);
    if (before && absorbs?.scale && !before.residual && scaleAndShift) {
      before.weights = absorbs.scale(before.weights, scaleAndShift);
      before.output = node.name;
      producer.set(node.name, before);
      continue;
    }
    const activation = activationKind(node)?.name;
    if (before && absorbs?.activation && activation !== undefined && FUSED_ACTIVATIONS.has(activation)) {
      before.activation = activation;
      before.output = node.name;
      producer.set(node.name, before);
      continue;
    }
    const op: FusedOp = {
      node,
      inputs,
      output: node.name,
      weights: scaleAndShift ?? own,
      residual: false,
      activation: capabilityOf(node, 'absorbs')?.activation
        ? ((node.config['activation'] as string | undefined) ?? 'linear')
        : 'linear',
    };
    producer.set(node.name, op);
    ops.push(op);
  }
  return ops;
}
