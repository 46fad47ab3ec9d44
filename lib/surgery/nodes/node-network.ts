import { ModelError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import * as tf from '../../tf.js';
import { makeStep, requireImages } from '../passes/compile-program.js';
import { evaluationSource, fuseGraph, type FusedOp } from '../passes/fused-program.js';
import { readLayerGraph, type LayerNode } from '../graph/layer-graph.js';
import { readWeights } from '../trace/layer-weights.js';
import { requireRelu } from './require-relu.js';
import { traceGraph } from '../trace/trace.js';

/** A place in a network whose output values are nodes (spec decompose §1): it can be observed and masked. */
export interface NodePoint {
  /** Name of the convolution, hidden dense or addition layer. */
  readonly layer: string;
  readonly kind: 'conv' | 'dense' | 'add';
  /** [height, width, channels], of a dense layer [units]. */
  readonly shape: readonly number[];
  /** Product of the shape. */
  readonly nodes: number;
  /**
   * Whether nothing but a ReLU reads the layer (after its batch norm): then a value ≤ 0 and a 0 are the same to the rest of the
   * network. The map seen at such a convolution may have had its ReLU already.
   */
  readonly reluFed: boolean;
}

/**
 * A frozen network, run step by step with a hook at every node. Batch norm is folded into the convolution before it, so that a
 * convolution's nodes are what comes after both. Holds weight tensors: dispose it.
 */
export interface NodeNetwork {
  /** `modelDigest` of the model. */
  readonly modelId: string;
  readonly points: readonly NodePoint[];
  /** The steps, inputs before their readers; each is a layer with what was folded into it. */
  readonly program: readonly FusedOp[];
  readonly graph: readonly LayerNode[];
  readonly features: number;
  readonly classes: number;
  /** [features, classes] row by row. */
  readonly outputWeights: Float32Array;
  /** [classes] */
  readonly outputBias: Float32Array;
  /**
   * Everything but the output layer.
   * @param x [batch, height, width, channels]
   * @param at sees each point's map [batch, …shape] and may give another one back to go on with
   * @returns [batch, features], what the output layer reads; the caller disposes it
   */
  run(x: tf.Tensor4D, at?: (point: NodePoint, map: tf.Tensor) => tf.Tensor | void): tf.Tensor2D;
  /** The intact output layer: [batch, features] → [batch, classes]. */
  logits(features: tf.Tensor2D): tf.Tensor2D;
  /** Frees what it holds; what it was made of stays. */
  dispose(): void;
}

/** What {@link createNodeNetwork} can be told. */
export interface NodeNetworkOptions {
  /**
   * Additions are computed within the convolution before them, as `compileInference` does: faster, but such a convolution is no
   * point then. Default false.
   */
  readonly foldAdditions?: boolean;
}

/**
 * Compiles a model for observing and masking its nodes. The weights are copied.
 * @param model traceable, ReLU (or ReLU6) as its only hidden activation, a dense layer that puts out logits at its end
 * @throws ModelError naming the layer when the model is of another kind or has a weight that is not finite
 */
export function createNodeNetwork(model: tf.LayersModel, options: NodeNetworkOptions = {}): NodeNetwork {
  const graph = readLayerGraph(model);
  traceGraph(graph);
  requireRelu(graph);
  const byName = new Map(graph.map((node) => [node.name, node]));
  const weights = new Map(
    graph.map((node) => [node.name, readWeights(node).map((w) => ({ ...w, values: w.values.slice() }))]),
  );
  for (const [name, arrays] of weights) {
    if (arrays.some(({ values }) => values.some((value) => !Number.isFinite(value)))) {
      throw new ModelError(
        `Layer '${name}': it has weights that are not finite numbers; train or load the model again.`,
      );
    }
  }
  const program = fuseGraph(graph, weights, [], options.foldAdditions === true);
  const last = program[program.length - 1];
  if (last?.node.className !== 'Dense' || evaluationSource(byName, graph[graph.length - 1].name) !== last.output) {
    throw new ModelError(
      `Model '${model.name}': expected a dense layer that puts out the logits at the end, found '${graph[graph.length - 1].name}' ` +
        `(${graph[graph.length - 1].className}).`,
    );
  }
  const image = graph.find((node) => node.inputs.length === 0)!;
  const points = new Map<FusedOp, NodePoint>();
  for (const op of program) {
    const point = op === last ? undefined : pointOf(op, program, byName);
    if (point) points.set(op, point);
  }
  const lastUse = new Map<string, number>();
  program.forEach((op, i) => op.inputs.forEach((input) => lastUse.set(input, i)));
  lastUse.delete(image.name);

  const held: tf.Tensor[] = [];
  const whole = new Map(graph.map(({ name }) => [name, null]));
  const steps = program.map((op, i) => {
    const [input, residual] = op.inputs;
    return makeStep(op, byName, whole, held, op.residual && input !== residual && lastUse.get(residual) === i);
  });
  const [kernel, bias] = last.weights;
  let disposed = false;
  return {
    modelId: modelDigest(model),
    points: [...points.values()],
    program,
    graph,
    features: kernel.shape[0],
    classes: kernel.shape[1],
    outputWeights: kernel.values,
    outputBias: bias?.values ?? new Float32Array(kernel.shape[1]),
    run: (x, at) =>
      tf.tidy(() => {
        if (disposed) throw new ModelError('This network has been disposed.');
        requireImages(x, image);
        const values = new Map<string, tf.Tensor>([[image.name, x]]);
        for (const [i, op] of program.entries()) {
          if (op === last) break;
          let value = steps[i](op.inputs.map((input) => values.get(input)!));
          const point = points.get(op);
          if (at && point) {
            const other = at(point, value);
            if (other && other !== value) {
              value.dispose();
              value = other;
            }
          }
          for (const input of new Set(op.inputs)) {
            if (lastUse.get(input) !== i) continue;
            values.get(input)!.dispose();
            values.delete(input);
          }
          values.set(op.output, value);
        }
        return values.get(last.inputs[0])!.clone() as tf.Tensor2D;
      }),
    logits: (features) => tf.tidy(() => steps[steps.length - 1]([features]) as tf.Tensor2D),
    dispose() {
      disposed = true;
      tf.dispose(held);
    },
  };
}

function pointOf(
  op: FusedOp,
  program: readonly FusedOp[],
  graph: ReadonlyMap<string, LayerNode>,
): NodePoint | undefined {
  let { node } = op;
  if (op.residual) {
    node = graph.get(op.output)!; // the addition itself or the ReLU after it
    while (node.className !== 'Add') node = graph.get(node.inputs[0])!;
  }
  const kind = /Conv2D$/.test(node.className)
    ? 'conv'
    : node.className === 'Dense'
      ? 'dense'
      : node.className === 'Add' && node.outputShape.length === 3
        ? 'add'
        : undefined;
  if (!kind) return undefined;
  const shape = node.outputShape.map((size) => {
    if (size === null) {
      throw new ModelError(
        `Layer '${node.name}' (${node.className}): its output size is not known, so its nodes cannot be numbered. Give the ` +
          'model an input shape with height and width.',
      );
    }
    return size;
  });
  const readers = program.filter(({ inputs }) => inputs.includes(op.output));
  const reluFed = op.activation !== 'linear' || (readers.length === 1 && isRelu(readers[0].node));
  return { layer: node.name, kind, shape, nodes: shape.reduce((product, size) => product * size, 1), reluFed };
}

function isRelu({ className, config }: LayerNode): boolean {
  return className === 'ReLU' || (className === 'Activation' && /^relu6?$/.test(config['activation'] as string));
}
