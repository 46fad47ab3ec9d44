import type { PlannedWindow } from '../backend/plan-window.js';
import {
  createTrainingPlan,
  RUN_TRAINING_PLAN,
  type StepTensors,
  type TrainedStep,
  type TrainingPlan,
} from '../backend/training-plan.js';
import { shapeOf } from '../surgery/passes/planned-program.js';
import * as tf from '../tf.js';
import { usesRunningStatistics } from './frozen-layers.js';
import { type DropoutLayer, type GraphStep, type NormLayer, trainingGraph } from './training-graph.js';

/** A model's loss and gradients by a plan of the backend. */
export interface PlannedTraining {
  /**
   * Forward and backward pass in training mode: the running statistics of batch norms move on.
   * @returns gradients in the order of `model.trainableWeights`, to be disposed
   */
  gradientsOf(x: tf.Tensor4D, labels: Int32Array): { loss: number; hits: number; gradients: tf.Tensor[] };
  dispose(): void;
}

/** The last one made of a model, or that there is none; remade when what it depends on has changed. */
const made = new WeakMap<
  tf.LayersModel,
  { readonly signature: string; readonly planned: PlannedTraining | undefined }
>();

/**
 * The plan of a model's softmax cross-entropy on the present backend.
 * @returns undefined where the backend has no such plans, does not know a layer of the model or what is set on it, or the
 *   batch is not one of the model's
 */
export function plannedTraining(
  model: tf.LayersModel,
  x: tf.Tensor4D,
  labels: Int32Array,
): PlannedTraining | undefined {
  const fits = x.dtype === 'float32' && x.rank === 4 && x.shape[0] > 0 && labels.length === x.shape[0];
  const image = (model.inputs as tf.SymbolicTensor[] | undefined)?.[0]?.shape.slice(1);
  if (!fits || !image || !tf.util.arraysEqual(image as number[], x.shape.slice(1))) return undefined;
  const signature = signatureOf(model);
  const known = made.get(model);
  if (known?.signature === signature) return known.planned;
  known?.planned?.dispose();
  const planned = plan(model);
  made.set(model, { signature, planned });
  return planned;
}

/** Frees what {@link plannedTraining} keeps of a model. */
export function releasePlannedTraining(model: tf.LayersModel): void {
  made.get(model)?.planned?.dispose();
  made.delete(model);
}

/** What may change about a model between two steps. */
function signatureOf(model: tf.LayersModel): string {
  const weights = model.trainableWeights.map(({ id }) => id);
  const layers = model.layers.map((layer) => `${Object.hasOwn(layer, 'call')}${usesRunningStatistics(layer)}`);
  return `${tf.getBackend()} ${weights.join()} ${layers.join()}`;
}

function plan(model: tf.LayersModel): PlannedTraining | undefined {
  if (!tf.getKernel(RUN_TRAINING_PLAN, tf.getBackend())) return undefined;
  const graph = trainingGraph(model);
  const image = graph && shapeOf(graph.image);
  const numbered = graph && image && numberSteps(graph.image.name, graph.steps, new Set(model.trainableWeights));
  if (!numbered) return undefined;
  const { steps, parts } = numbered;
  const trained = parts.flatMap(({ weights }, i) =>
    weights.filter((_, which) => steps[i].trains[which]),
  ) as tf.LayerVariable[];
  const wanted = model.trainableWeights;
  const [, , classes] = steps.at(-1)!.output;
  const isWhole =
    trained.length === wanted.length && wanted.length > 0 && wanted.every((weight) => trained.includes(weight));
  if (!isWhole || model.outputs[0].shape.length !== 2 || model.outputs[0].shape[1] !== classes) return undefined;
  const native = createTrainingPlan(steps, image);
  return (
    native && { gradientsOf: (x, labels) => run(native, parts, wanted, x, labels), dispose: () => native.dispose() }
  );
}

/** One pass, and what its batch norms have measured made part of their running statistics. */
function run(
  native: TrainingPlan,
  parts: readonly GraphStep[],
  wanted: readonly tf.LayerVariable[],
  x: tf.Tensor4D,
  labels: Int32Array,
): ReturnType<PlannedTraining['gradientsOf']> {
  return tf.tidy(() => {
    const pass = native.run(
      x,
      labels,
      parts.map((part) => tensorsOf(part, x.shape[0])),
    );
    pass.moments.forEach((moments, step) => {
      if (!moments) return;
      const { momentum, movingMean, movingVariance } = parts[step].layer as NormLayer;
      [movingMean, movingVariance].forEach((moving, i) => {
        moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(moments[i], 1 - momentum)));
      });
    });
    const gradientOf = new Map(
      parts.flatMap(({ weights }, step) =>
        weights.map((weight, which) => [weight, pass.gradients[2 * step + which]] as const),
      ),
    );
    return { loss: pass.loss, hits: pass.hits, gradients: wanted.map((weight) => gradientOf.get(weight)!) };
  });
}

function tensorsOf({ operation, weights, layer, output }: GraphStep, batch: number): StepTensors {
  const tensors = weights.map((weight) => weight?.read());
  if (operation.kind === 'batchNorm' && operation.isFixed) {
    const { movingMean, movingVariance } = layer as NormLayer;
    return { weights: tensors, moments: [movingMean.read(), movingVariance.read()] };
  }
  if (operation.kind !== 'mask') return { weights: tensors };
  const { rate, seed } = layer as DropoutLayer;
  const [height, width, channels] = output;
  const shape = layer!.outputShape.length === 2 ? [batch, channels] : [batch, height, width, channels];
  // What tf.layers multiplies by: the same numbers for the same seed.
  return { weights: tensors, mask: tf.dropout(tf.ones(shape), rate, undefined, seed) };
}

/** Steps with the numbers of what they read; borders of zeros become the padding of the convolutions that read them. */
function numberSteps(
  image: string,
  graph: readonly GraphStep[],
  trainable: ReadonlySet<tf.LayerVariable>,
): { steps: TrainedStep[]; parts: GraphStep[] } | undefined {
  const values = new Map<string, number>([[image, 0]]);
  const borders = new Map<string, { readonly value: number; readonly padding: readonly [number, number] }>();
  const steps: TrainedStep[] = [];
  const parts: GraphStep[] = [];
  for (const part of graph) {
    const { operation, inputs, isRelu, output, weights, name } = part;
    const border = borders.get(inputs[0]);
    const input = values.get(inputs[0]) ?? border?.value;
    const second = inputs.length > 1 ? values.get(inputs[1]) : -1;
    if (input === undefined || second === undefined || inputs.length > 2) return undefined;
    if (operation.kind === 'border') {
      if (border) return undefined;
      borders.set(name, { value: input, padding: operation.padding });
      continue;
    }
    if (border && operation.kind !== 'convolution') return undefined;
    const widened =
      border && operation.kind === 'convolution'
        ? { ...operation, window: widen(operation.window, border.padding) }
        : operation;
    const [first, other] = [0, 1].map((which) => weights[which]);
    const trains = (weight: tf.LayerVariable | undefined): boolean => weight !== undefined && trainable.has(weight);
    steps.push({
      operation: widened,
      input,
      second,
      isRelu,
      output,
      has: [first !== undefined, other !== undefined],
      trains: [trains(first), trains(other)],
    });
    parts.push(part);
    values.set(name, steps.length);
  }
  return steps.some(hasWindowsInBorder) ? undefined : { steps, parts };
}

const widen = (window: PlannedWindow, padding: readonly [number, number]): PlannedWindow => ({
  ...window,
  padding: [window.padding[0] + padding[0], window.padding[1] + padding[1]],
});

/** Whether windows lie in the border alone, which plans do not have. */
const hasWindowsInBorder = ({ operation }: TrainedStep): boolean =>
  'window' in operation &&
  operation.window.size.some(
    (size, axis) => operation.window.padding[axis] >= (size - 1) * (operation.window.dilations?.[axis] ?? 1) + 1,
  );
