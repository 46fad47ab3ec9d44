import type * as tf from '../../../tf.js';
import { RUN_TRAINING_PLAN, type TrainingPlanAttributes } from '../../training-plan.js';
import type { OneDnnBackend } from '../backend.js';
import { add, type Inputs } from '../kernel.js';

/** Loss and hits, then the gradients of the trained weights, then the moments of the batch norms that measure them. */
function runPlan(backend: OneDnnBackend, inputs: Inputs, attributes: TrainingPlanAttributes): tf.TensorInfo[] {
  const { handle, labels, steps } = attributes;
  const floats = (tensor: tf.TensorInfo | undefined): Float32Array | null => (tensor ? backend.floats(tensor) : null);
  const given = (name: string, step: number): Float32Array | null =>
    floats((inputs as Record<string, tf.TensorInfo | undefined>)[`${name}${step}`]);
  const results: tf.TensorInfo[] = [backend.output([2])];
  const output = (shape: number[]): Float32Array => {
    const result = backend.output(shape);
    results.push(result);
    return backend.floats(result);
  };
  const names = [0, 1].map((which) => (step: number) => `weight${which}/${step}`);
  const gradients = steps.flatMap(({ trains }, step) =>
    names.map((nameOf, which) => (trains[which] ? output(inputs[nameOf(step)].shape) : null)),
  );
  const moments = steps.flatMap(({ measures }, step) => {
    if (measures > 0) return [output([measures]), output([measures])];
    return [given('mean', step), given('variance', step)];
  });
  const [loss, hits] = backend.addon.runTrainingPlan(
    handle,
    inputs['x'].shape[0],
    backend.floats(inputs['x']),
    labels,
    steps.flatMap((_, step) => [given('weight0/', step), given('weight1/', step)]),
    gradients,
    moments,
    steps.map((_, step) => given('mask', step)),
  );
  backend.floats(results[0]).set([loss, hits]);
  return results;
}

export function registerTrainingPlans(): void {
  add(RUN_TRAINING_PLAN, runPlan);
}
