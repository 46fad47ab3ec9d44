import { adamStep, sgdStep } from '../backend/training/optimizer-step.js';
import { OptionError } from '../errors.js';
import * as tf from '../tf.js';

/** Stochastic gradient descent as PyTorch does it: v ← momentum·v + (g + weightDecay·w); w ← w − lr·v. */
export interface SgdOptions {
  kind: 'sgd';
  /** Default 0.9. */
  momentum?: number;
  /** L2 penalty added to the gradient. Default 0. */
  weightDecay?: number;
}

/** Adam with bias correction, as PyTorch does it (eps is added after the square root). */
export interface AdamOptions {
  kind: 'adam';
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
  /** L2 penalty added to the gradient. Default 0. */
  weightDecay?: number;
}

/** An optimiser with its settings. */
export type OptimizerOptions = SgdOptions | AdamOptions;

/** An optimiser's memory, to be saved with a checkpoint. */
export interface OptimizerState {
  steps: number;
  /** One tensor per slot and variable, in the order of the variables. Owned by the optimiser. */
  slots: Record<string, tf.Tensor[]>;
}

/** Updates variables in place; keeps its moments between calls. */
export interface Optimizer {
  /** @param gradients one per variable, same shapes; not disposed */
  apply(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[], learningRate: number): void;
  state(): OptimizerState;
  /** Takes over the tensors of a saved state. */
  restore(state: OptimizerState): void;
  dispose(): void;
}

/** @throws OptionError on an unknown kind or a value outside its range */
export function createOptimizer(options: OptimizerOptions): Optimizer {
  switch (options.kind) {
    case 'sgd':
      return createSgd(options);
    case 'adam':
      return createAdam(options);
    default:
      throw new OptionError(
        `optimizer: expected kind 'sgd' or 'adam', got '${String((options as { kind: unknown }).kind)}'.`,
      );
  }
}

function inRange(name: string, value: number, low: number, high: number): number {
  if (!(value >= low && value < high)) {
    throw new OptionError(`optimizer.${name}: expected a number from ${low} to below ${high}, got ${value}.`);
  }
  return value;
}

/** Keeps one zero-initialised tensor per variable for each named slot. */
class Slots {
  steps = 0;
  private slots: Record<string, tf.Tensor[]> = {};

  get(name: string, variables: readonly tf.Variable[]): tf.Tensor[] {
    return (this.slots[name] ??= variables.map((v) => tf.keep(tf.zeros(v.shape))));
  }

  replace(name: string, index: number, value: tf.Tensor): void {
    this.slots[name][index].dispose();
    this.slots[name][index] = tf.keep(value);
  }

  state(): OptimizerState {
    return { steps: this.steps, slots: this.slots };
  }

  restore(state: OptimizerState): void {
    this.dispose();
    this.steps = state.steps;
    this.slots = Object.fromEntries(
      Object.entries(state.slots).map(([name, tensors]) => [name, tensors.map((t) => tf.keep(t))]),
    );
  }

  dispose(): void {
    tf.dispose(this.slots);
    this.slots = {};
    this.steps = 0;
  }
}

function createSgd(options: SgdOptions): Optimizer {
  const momentum = inRange('momentum', options.momentum ?? 0.9, 0, 1);
  const weightDecay = inRange('weightDecay', options.weightDecay ?? 0, 0, Infinity);
  const memory = new Slots();
  return {
    apply(variables, gradients, learningRate) {
      memory.steps++;
      const velocity = momentum > 0 ? memory.get('velocity', variables) : [];
      variables.forEach((variable, i) =>
        tf.tidy(() => {
          const settings = { learningRate, momentum, weightDecay };
          const [w, v] = sgdStep(variable, gradients[i], momentum > 0 ? velocity[i] : undefined, settings);
          if (momentum > 0) memory.replace('velocity', i, v);
          variable.assign(w);
        }),
      );
    },
    state: () => memory.state(),
    restore: (state) => memory.restore(state),
    dispose: () => memory.dispose(),
  };
}

function createAdam(options: AdamOptions): Optimizer {
  const beta1 = inRange('beta1', options.beta1 ?? 0.9, 0, 1);
  const beta2 = inRange('beta2', options.beta2 ?? 0.999, 0, 1);
  const epsilon = inRange('epsilon', options.epsilon ?? 1e-8, 0, 1);
  const weightDecay = inRange('weightDecay', options.weightDecay ?? 0, 0, Infinity);
  const memory = new Slots();
  return {
    apply(variables, gradients, learningRate) {
      memory.steps++;
      const mean = memory.get('mean', variables);
      const square = memory.get('square', variables);
      const stepSize = learningRate / (1 - beta1 ** memory.steps);
      const squareCorrection = Math.sqrt(1 - beta2 ** memory.steps);
      variables.forEach((variable, i) =>
        tf.tidy(() => {
          const settings = { beta1, beta2, epsilon, weightDecay, stepSize, squareCorrection };
          const [w, m, s] = adamStep(variable, gradients[i], mean[i], square[i], settings);
          memory.replace('mean', i, m);
          memory.replace('square', i, s);
          variable.assign(w);
        }),
      );
    },
    state: () => memory.state(),
    restore: (state) => memory.restore(state),
    dispose: () => memory.dispose(),
  };
}
