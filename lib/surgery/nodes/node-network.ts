import { ModelError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import * as tf from '../../tf.js';
import type { LayerNode } from '../graph/layer-graph.js';
import { activationKind, roleOf } from '../layers/table.js';
import { evaluationSource, type FusedOp, fuseGraph } from '../passes/fused-program.js';
import { createRunner } from '../passes/runner.js';
import { makeStep } from '../passes/step.js';
import { readModel } from '../trace/read-model.js';
import { requireRelu } from './require-relu.js';

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
  /** What it was made of; it stays its owner's. */
  readonly model: tf.LayersModel;
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
  const read = readModel(model);
  const { graph, nodes } = read;
  void read.trace; // refuses what steps would take for something else
  requireRelu(graph);
  for (const [name, arrays] of read.weights) {
    if (arrays.some(({ values }) => values.some((value) => !Number.isFinite(value)))) {
      throw new ModelError(
        `Layer '${name}': it has weights that are not finite numbers; train or load the model again.`,
      );
    }
  }
  const program = fuseGraph(read, [], options.foldAdditions === true);
  const last = program[program.length - 1];
  if (roleOf(last.node) !== 'dense' || evaluationSource(nodes, read.output.name) !== last.output) {
    throw new ModelError(
      `Model '${model.name}': expected a dense layer that puts out the logits at the end, found '${read.output.name}' ` +
        `(${read.output.className}).`,
    );
  }
  const points = new Map<FusedOp, NodePoint>();
  for (const op of program) {
    const point = op === last ? undefined : pointOf(op, program, nodes);
    if (point) points.set(op, point);
  }

  const held: tf.Tensor[] = [];
  const runner = createRunner(read, program.slice(0, -1), [last.inputs[0]]);
  const steps = runner.chain(
    runner.program.map((op, i) => makeStep(op, read, held, { overwrite: op.residual && runner.canOverwrite(i) })),
  );
  const outputLayer = makeStep(last, read, held);
  const [kernel, bias] = last.weights;
  let disposed = false;
  return {
    model,
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
        let features: tf.Tensor = x;
        runner.run(x, steps, (_, [value]) => (features = value.clone()), {
          output: (op, value) => {
            const point = at && points.get(op);
            return point && at(point, value);
          },
        });
        return features as tf.Tensor2D;
      }),
    logits: (features) => tf.tidy(() => outputLayer([features]) as tf.Tensor2D),
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
    while (roleOf(node) !== 'addition') node = graph.get(node.inputs[0])!;
  }
  const role = roleOf(node);
  const kind =
    role === 'convolution'
      ? 'conv'
      : role === 'dense'
        ? 'dense'
        : role === 'addition' && node.outputShape.length === 3
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
  const reluFed =
    op.activation !== 'linear' || (readers.length === 1 && activationKind(readers[0].node)?.isRelu === true);
  return { layer: node.name, kind, shape, nodes: shape.reduce((product, size) => product * size, 1), reluFed };
}
