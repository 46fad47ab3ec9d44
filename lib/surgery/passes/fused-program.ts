import { OptionError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { WeightArray } from '../trace/layer-weights.js';

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

/** Layers that do nothing in evaluation mode. */
const IDENTITY = new Set(['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout']);
const LINEAR = new Set(['Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'Dense', 'BatchNormalization']);
/** Activations that tfjs's fused kernels apply on every backend. */
export const FUSED_ACTIVATIONS: ReadonlySet<string> = new Set(['linear', 'relu', 'relu6']);

/** The layer whose map a layer hands on unchanged in evaluation mode; itself when it does something. */
export function evaluationSource(graph: ReadonlyMap<string, LayerNode>, name: string): string {
  let node = graph.get(name)!;
  while (IDENTITY.has(node.className) || isLinearActivation(node)) node = graph.get(node.inputs[0])!;
  return node.name;
}

/**
 * Turns a layer graph into evaluation-mode steps: dropout left out, batch norm folded into the convolution or dense
 * layer before it (in double precision), ReLU attached to it, and so an addition, for which the convolution waits until
 * the other summand is there.
 * @param weights every layer's weights at full width
 * @param maps layers whose maps are wanted: nothing is folded across them
 * @param foldAdditions whether additions are folded into convolutions
 * @throws OptionError when `maps` names an unknown layer
 */
export function fuseGraph(
  graph: readonly LayerNode[],
  weights: ReadonlyMap<string, readonly WeightArray[]>,
  maps: readonly string[],
  foldAdditions = true,
): FusedOp[] {
  const byName = new Map(graph.map((node) => [node.name, node]));
  const unknown = maps.find((layer) => !byName.has(layer));
  if (unknown !== undefined) {
    throw new OptionError(`maps: the model has no layer '${unknown}'; it has ${[...byName.keys()].join(', ')}.`);
  }
  const source = (name: string) => evaluationSource(byName, name);
  const active = graph.filter((node) => source(node.name) === node.name && node.inputs.length > 0);
  const uses = new Map<string, number>();
  const use = (name: string) => uses.set(source(name), (uses.get(source(name)) ?? 0) + 1);
  for (const node of active) node.inputs.forEach(use);
  maps.forEach(use);
  use(graph[graph.length - 1].name);

  /** The convolution that an addition can be folded into: of two the one that is computed later. */
  const summing = (node: LayerNode, inputs: readonly string[]): FusedOp | undefined => {
    const [a, b] = inputs.map((name) => byName.get(name)!.outputShape.join());
    if (!foldAdditions || node.className !== 'Add' || inputs.length !== 2 || a !== b) return undefined;
    return ops.findLast(
      (op) =>
        inputs.includes(op.output) &&
        op.node.className === 'Conv2D' &&
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
    const canJoin =
      before !== undefined &&
      LINEAR.has(before.node.className) &&
      before.activation === 'linear' &&
      uses.get(before.output) === 1;
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
    if (canJoin && !before.residual && node.className === 'BatchNormalization') {
      before.weights = foldScale(before.weights, scaleAndShift(node, own));
      before.output = node.name;
      producer.set(node.name, before);
      continue;
    }
    const activation = activationOf(node);
    if (canJoin && activation !== undefined) {
      before.activation = activation;
      before.output = node.name;
      producer.set(node.name, before);
      continue;
    }
    const op: FusedOp = {
      node,
      inputs,
      output: node.name,
      weights: node.className === 'BatchNormalization' ? scaleAndShift(node, own) : own,
      residual: false,
      activation: LINEAR.has(node.className)
        ? ((node.config['activation'] as string | undefined) ?? 'linear')
        : 'linear',
    };
    producer.set(node.name, op);
    ops.push(op);
  }
  return ops;
}

function isLinearActivation({ className, config }: LayerNode): boolean {
  return className === 'Activation' && config['activation'] === 'linear';
}

/** The name of the fusable activation a layer is; undefined for any other layer. */
function activationOf({ className, config }: LayerNode): string | undefined {
  if (className === 'Activation' && FUSED_ACTIVATIONS.has(config['activation'] as string)) {
    return config['activation'] as string;
  }
  if (className !== 'ReLU') return undefined;
  const limit = (config['maxValue'] ?? null) as number | null;
  return limit === null ? 'relu' : limit === 6 ? 'relu6' : undefined;
}

/** A batch norm in evaluation mode: y = scale · x + shift. */
function scaleAndShift({ config }: LayerNode, weights: readonly WeightArray[]): WeightArray[] {
  const gamma = config['scale'] ? weights[0].values : undefined;
  const beta = config['center'] ? weights[gamma ? 1 : 0].values : undefined;
  const [mean, variance] = weights.slice(-2).map(({ values }) => values);
  const epsilon = config['epsilon'] as number;
  const scale = Float64Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + epsilon));
  const shift = Float32Array.from(mean, (m, i) => (beta?.[i] ?? 0) - m * scale[i]);
  const shape = [mean.length];
  return [
    { values: Float32Array.from(scale), shape },
    { values: shift, shape },
  ];
}

/** Kernels and bias of an operation followed by y = scale · x + shift. Output channels are the last axes of a kernel. */
function foldScale(weights: readonly WeightArray[], [scale, shift]: readonly WeightArray[]): WeightArray[] {
  const channels = shift.values.length;
  const scaled = (values: Float32Array) => values.map((value, i) => value * scale.values[i % channels]);
  const hasBias = weights[weights.length - 1].shape.length === 1;
  const kernels = hasBias ? weights.slice(0, -1) : [...weights];
  // an unfolded batch norm has its own scale and shift, both vectors: scale is scaled like a kernel
  const last = kernels[kernels.length - 1];
  const bias = hasBias ? scaled(weights[weights.length - 1].values) : new Float32Array(channels);
  return [
    ...kernels.slice(0, -1),
    { values: scaled(last.values), shape: last.shape },
    { values: bias.map((value, i) => value + shift.values[i]), shape: [channels] },
  ];
}
