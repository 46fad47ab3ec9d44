import { OptionError } from '../errors.js';
import * as tf from '../tf.js';
import { OneDnnBackend } from './onednn/backend.js';
import { type PlannedWindow, windowNumbers } from './plan-window.js';

/**
 * What inference computes with: float32, or `'bf16'`, in which convolutions and dense layers multiply bfloat16 numbers (8
 * bits of precision instead of 24), add them up in float32, and maps lie in memory as bfloat16. Scores come out in float32.
 */
export type Precision = 'f32' | 'bf16';

/** What the result of a planned step goes through. */
export type PlannedActivation = 'linear' | 'relu' | 'relu6';

/** One image's map [height, width, channels], or its features [1, 1, n]. */
export type PlannedShape = readonly [number, number, number];

/** What a planned step computes of its input, NHWC. Its arrays are read when the plan first runs, and must stay as they are. */
export type PlannedOperation =
  /** The kernel is [height, width, in / groups, out], of depthwise convolutions [height, width, in, multiplier]. */
  | {
      readonly kind: 'convolution';
      readonly kernel: Float32Array;
      readonly bias: Float32Array | null;
      readonly window: PlannedWindow;
      readonly groups: number;
    }
  /** The kernel is [in, out]. */
  | { readonly kind: 'dense'; readonly kernel: Float32Array; readonly bias: Float32Array | null }
  /** Averages leave out what lies outside the map. */
  | { readonly kind: 'maxPool' | 'averagePool'; readonly window: PlannedWindow }
  | { readonly kind: 'globalAverage' | 'flatten' | 'sum' }
  /** Input channels of every stride-th row and column; −1 for zeros. */
  | { readonly kind: 'copyChannels'; readonly sources: Int32Array; readonly stride: number };

/** One step of a plan. Value 0 is the image, value i + 1 the result of step i. */
export interface PlannedStep {
  readonly operation: PlannedOperation;
  readonly input: number;
  /** Added before the activation, in convolutions and sums; −1 for nothing. */
  readonly second: number;
  readonly activation: PlannedActivation;
  readonly output: PlannedShape;
}

/** How a plan computes. */
export interface PlanSettings {
  readonly precision: Precision;
  /** Whether it is for so few images, some dozens, that weights are not worth much preparation. */
  readonly isBrief: boolean;
}

/** A network's forward pass, run by the backend in one call. Holds memory outside tfjs: dispose it. */
export interface InferencePlan {
  /**
   * @param x [batch, height, width, channels]
   * @returns the wanted values, each [batch, …shape], or nothing where weights, images or values are not finite or near
   *   float32's largest: there the steps have to be run one by one
   */
  run(x: tf.Tensor4D): tf.Tensor[] | undefined;
  dispose(): void;
}

/** The kernel of backends that run plans. */
export const RUN_PLAN = 'ModulabRunPlan';

/** What that kernel is given beside the images. */
export interface PlanAttributes {
  readonly handle: object;
  /** Of one image. */
  readonly outputs: readonly (readonly number[])[];
  /** Multiply-adds of one image. */
  readonly macs: number;
}

const KINDS: Readonly<Record<PlannedOperation['kind'], number>> = {
  convolution: 0,
  dense: 1,
  maxPool: 2,
  averagePool: 3,
  globalAverage: 4,
  flatten: 5,
  copyChannels: 6,
  sum: 7,
};
const ACTIVATIONS: Readonly<Record<PlannedActivation, number>> = { linear: 0, relu: 1, relu6: 2 };

/** Whether the present backend runs plans. */
export const runsPlans = (): boolean => tf.backend() instanceof OneDnnBackend;

/** Whether the present backend computes with bfloat16 where that is faster than float32. */
export function computesBfloat16(): boolean {
  const backend = tf.backend();
  return backend instanceof OneDnnBackend && backend.addon.computesBfloat16();
}

/**
 * Refuses a precision that is none, or that the present backend does not have.
 * @param what names the option in the message
 * @throws OptionError saying what there is and what to do
 */
export function requirePrecision(what: string, precision: Precision): void {
  if (precision === 'f32') return;
  if (precision !== 'bf16') throw new OptionError(`${what}: expected 'f32' or 'bf16', got '${String(precision)}'.`);
  if (computesBfloat16()) return;
  throw new OptionError(
    `${what}: 'bf16' takes the native backend and a processor with AVX512_BF16 or AMX; this is the backend ` +
      `'${tf.getBackend()}'${runsPlans() ? ' on a processor without them' : ''}. Leave it out to compute in float32.`,
  );
}

/**
 * Prepares a plan on the present backend.
 * @param image height, width and channels
 * @param outputs numbers of the values that are wanted, each above 0, and their shapes
 */
export function createInferencePlan(
  steps: readonly PlannedStep[],
  image: PlannedShape,
  outputs: readonly { readonly value: number; readonly shape: readonly number[] }[],
  { precision, isBrief }: PlanSettings,
): InferencePlan {
  const backend = tf.backend();
  if (!(backend instanceof OneDnnBackend)) throw new Error(`the backend '${tf.getBackend()}' runs no plans`);
  const { addon } = backend;
  const handle = addon.createInferencePlan(
    Int32Array.from(steps.flatMap(stepNumbers)),
    Int32Array.from(image),
    steps.flatMap(({ operation }) => stepArrays(operation)),
    Int32Array.from(outputs, ({ value }) => value),
    precision === 'bf16',
    isBrief,
  );
  const shapes = outputs.map(({ shape }) => shape);
  const macs = steps.reduce((sum, step) => sum + macsOf(step), 0);
  return {
    run(x) {
      const attributes: PlanAttributes = { handle, outputs: shapes, macs };
      const results = tf.engine().runKernel(RUN_PLAN, { x }, attributes as unknown as tf.NamedAttrMap);
      const tensors = results as unknown as tf.Tensor[];
      return tensors.length > 0 ? tensors : undefined;
    },
    dispose: () => addon.releaseInferencePlan(handle),
  };
}

/** Of one image: every position of the result takes each number of the kernel once. */
function macsOf({ operation, output: [height, width] }: PlannedStep): number {
  return 'kernel' in operation ? height * width * operation.kernel.length : 0;
}

/** In the order of `PlanProgram` in addon/plan-program.h. */
function stepNumbers({ operation, input, second, activation, output }: PlannedStep): number[] {
  return [
    KINDS[operation.kind],
    input,
    second,
    ACTIVATIONS[activation],
    ...output,
    ...windowNumbers(operation),
    'groups' in operation ? operation.groups : 1,
  ];
}

function stepArrays(operation: PlannedOperation): (Float32Array | Int32Array | null)[] {
  if (operation.kind === 'copyChannels') return [operation.sources, null];
  return 'kernel' in operation ? [operation.kernel, operation.bias] : [null, null];
}
