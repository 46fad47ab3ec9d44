import { OptionError } from '../errors.js';
import * as tf from '../tf.js';
import type { PlannedShape } from './inference-plan.js';
import { OneDnnBackend } from './onednn/backend.js';
import { type PlannedWindow, windowNumbers } from './plan-window.js';

/** What a step of a training plan computes of its input, NHWC. */
export type TrainedOperation =
  /** Kernels [height, width, in, out]. */
  | { readonly kind: 'convolution'; readonly window: PlannedWindow }
  | { readonly kind: 'dense' }
  /** Averages leave out what lies outside the map; their gradients do not, as in tfjs. */
  | { readonly kind: 'maxPool' | 'averagePool'; readonly window: PlannedWindow }
  /** A sum of two values, or of one: then nothing but the activation. */
  | { readonly kind: 'globalAverage' | 'flatten' | 'sum' }
  /** Input channels of every stride-th row and column; −1 for zeros. */
  | { readonly kind: 'copyChannels'; readonly sources: Int32Array; readonly stride: number }
  /** By the moments of the batch, or by given ones; a second value is added. */
  | { readonly kind: 'batchNorm'; readonly epsilon: number; readonly isFixed: boolean }
  /** The second value's channels behind the first one's. */
  | { readonly kind: 'join' }
  /** Times a mask that comes with every batch. */
  | { readonly kind: 'mask' };

/** One step of a training plan. Value 0 is the image, value i + 1 the result of step i; the last one is the logits. */
export interface TrainedStep {
  readonly operation: TrainedOperation;
  readonly input: number;
  /** −1 for none. */
  readonly second: number;
  readonly isRelu: boolean;
  readonly output: PlannedShape;
  /** Kernel and bias, or gamma and beta: whether there is one, and whether its gradient is wanted. */
  readonly has: readonly [boolean, boolean];
  readonly trains: readonly [boolean, boolean];
}

/** What a training plan is given for one step of the plan. */
export interface StepTensors {
  readonly weights: readonly (tf.Tensor | undefined)[];
  /** Of batch norms by given moments: mean and biased variance. */
  readonly moments?: readonly [tf.Tensor, tf.Tensor];
  /** [batch, …] of steps that mask. */
  readonly mask?: tf.Tensor;
}

/** What a pass gives; all tensors are the caller's. */
export interface TrainingPass {
  /** Mean softmax cross-entropy. */
  readonly loss: number;
  readonly hits: number;
  /** Two per step; undefined where no gradient is wanted. */
  readonly gradients: readonly (tf.Tensor | undefined)[];
  /** By step: mean and biased variance that a batch norm has measured. */
  readonly moments: readonly (readonly [tf.Tensor, tf.Tensor] | undefined)[];
}

/** Forward and backward pass of softmax cross-entropy, run by the backend in one call. Holds memory outside tfjs: dispose it. */
export interface TrainingPlan {
  /**
   * @param x [batch, height, width, channels]
   * @param labels class per image
   * @param tensors one per step
   */
  run(x: tf.Tensor4D, labels: Int32Array, tensors: readonly StepTensors[]): TrainingPass;
  dispose(): void;
}

/** The kernel of backends that run training plans. */
export const RUN_TRAINING_PLAN = 'ModulabRunTrainingPlan';

/** What that kernel is given beside tensors. */
export interface TrainingPlanAttributes {
  readonly handle: object;
  readonly labels: Int32Array;
  /** `measures`: the number of channels whose moments a step measures, or 0. */
  readonly steps: readonly { readonly trains: readonly boolean[]; readonly measures: number }[];
}

const KINDS: Readonly<Record<TrainedOperation['kind'], number>> = {
  convolution: 0,
  dense: 1,
  maxPool: 2,
  averagePool: 3,
  globalAverage: 4,
  flatten: 5,
  copyChannels: 6,
  sum: 7,
  batchNorm: 8,
  join: 9,
  mask: 10,
};

/** Prepares a training plan on the present backend; undefined where it runs none. */
export function createTrainingPlan(steps: readonly TrainedStep[], image: PlannedShape): TrainingPlan | undefined {
  const backend = tf.backend();
  if (!(backend instanceof OneDnnBackend)) return undefined;
  const { addon } = backend;
  const handle = addon.createTrainingPlan(
    Int32Array.from(steps.flatMap(stepNumbers)),
    Int32Array.from(image),
    steps.map(({ operation }) => (operation.kind === 'copyChannels' ? operation.sources : null)),
    Float32Array.from(steps, ({ operation }) => (operation.kind === 'batchNorm' ? operation.epsilon : 0)),
  );
  const outline = steps.map(({ operation, trains, output }) => ({
    trains,
    measures: operation.kind === 'batchNorm' && !operation.isFixed ? output[2] : 0,
  }));
  return {
    run(x, labels, tensors) {
      if (tensors.length !== steps.length)
        throw new OptionError(`tensors: expected ${steps.length}, got ${tensors.length}.`);
      const inputs: tf.NamedTensorMap = { x };
      tensors.forEach(({ weights, moments, mask }, step) => {
        weights.forEach((weight, which) => {
          if (weight) inputs[`weight${which}/${step}`] = weight;
        });
        if (moments) [inputs[`mean${step}`], inputs[`variance${step}`]] = moments;
        if (mask) inputs[`mask${step}`] = mask;
      });
      const attributes: TrainingPlanAttributes = { handle, labels, steps: outline };
      const results = tf.engine().runKernel(RUN_TRAINING_PLAN, inputs, attributes as unknown as tf.NamedAttrMap);
      const [score, ...rest] = results as unknown as tf.Tensor[];
      const [loss, hits] = score.dataSync();
      score.dispose();
      const gradients = outline.flatMap(({ trains }) => trains.map((is) => (is ? rest.shift() : undefined)));
      const moments = outline.map(({ measures }) =>
        measures > 0 ? ([rest.shift()!, rest.shift()!] as const) : undefined,
      );
      return { loss, hits, gradients, moments };
    },
    dispose: () => addon.releaseTrainingPlan(handle),
  };
}

/** In the order of `TrainingProgram` in addon/training/training-program.h. */
function stepNumbers({ operation, input, second, isRelu, output, has, trains }: TrainedStep): number[] {
  const isFixed = operation.kind === 'batchNorm' && operation.isFixed;
  const flags = [...has, ...trains, isFixed].reduce((bits, is, i) => bits | (Number(is) << i), 0);
  return [KINDS[operation.kind], input, second, Number(isRelu), ...output, ...windowNumbers(operation), 1, flags];
}
