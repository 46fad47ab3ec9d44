import type * as tf from '../../../tf.js';
import { ADAM_STEP, type AdamAttributes, SGD_STEP, type SgdAttributes } from '../../training/optimizer-step.js';
import { registerReluGradients, RELU_GRADIENT, type ReluGradientAttributes } from '../../training/relu-gradient.js';
import type { OneDnnBackend } from '../backend.js';
import { add, type Inputs } from '../kernel.js';

function reluGradient(backend: OneDnnBackend, { dy, x }: Inputs, { max }: ReluGradientAttributes): tf.TensorInfo[] {
  const dx = backend.output(x.shape);
  backend.addon.reluGradient(backend.floats(dy), backend.floats(x), backend.floats(dx), max);
  return [dx];
}

function sgdStep(backend: OneDnnBackend, inputs: Inputs, attributes: SgdAttributes): tf.TensorInfo[] {
  const { variable, gradient, velocity } = inputs as Record<string, tf.TensorInfo | undefined>;
  const [newVariable, newVelocity] = [variable, velocity].map((t) => t && backend.output(t.shape));
  const floats = (t: tf.TensorInfo | undefined): Float32Array | null => (t ? backend.floats(t) : null);
  backend.addon.sgdStep(
    backend.floats(variable!),
    backend.floats(gradient!),
    floats(velocity),
    backend.floats(newVariable!),
    floats(newVelocity),
    attributes.learningRate,
    attributes.momentum,
    attributes.weightDecay,
  );
  return [newVariable!, ...(newVelocity ? [newVelocity] : [])];
}

function adamStep(backend: OneDnnBackend, inputs: Inputs, attributes: AdamAttributes): tf.TensorInfo[] {
  const { variable, gradient, mean, square } = inputs;
  const results = [variable, mean, square].map((t) => backend.output(t.shape));
  const [newVariable, newMean, newSquare] = results;
  backend.addon.adamStep(
    backend.floats(variable),
    backend.floats(gradient),
    backend.floats(mean),
    backend.floats(square),
    backend.floats(newVariable),
    backend.floats(newMean),
    backend.floats(newSquare),
    attributes.beta1,
    attributes.beta2,
    attributes.epsilon,
    attributes.weightDecay,
    attributes.stepSize,
    attributes.squareCorrection,
  );
  return results;
}

/** Registers kernels for the gradient of ReLU and for the optimisers' updates, each one pass over memory. */
export function registerTrainingStep(): void {
  add(RELU_GRADIENT, reluGradient);
  add(SGD_STEP, sgdStep);
  add(ADAM_STEP, adamStep);
  registerReluGradients();
}
