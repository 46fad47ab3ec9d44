import type { engine } from '@tensorflow/tfjs-core';
import { InterruptedError } from '../errors.js';
import { takeNotice } from './interruption.js';

/** Thrown between two operations of one step. */
export class OperationInterruptedError extends InterruptedError {}

type Engine = ReturnType<typeof engine>;

/** What is used of TensorFlow.js's engine beside its public methods. */
interface EngineInside {
  runKernelFunc: (...given: unknown[]) => unknown;
  gradients: (...given: unknown[]) => unknown;
  state: {
    gradientDepth: number;
    kernelDepth: number;
    activeTape: { saved?: { dispose: () => void; isDisposed: boolean }[] }[] | null;
  };
  interruptible?: true;
}

/**
 * Lets an interrupt in between two operations of TensorFlow.js. A step of a large network takes many seconds on a slow
 * backend, and no signal is delivered before it has ended; only another thread can tell of it.
 */
export function makeInterruptible(target: Engine): void {
  const inside = target as unknown as EngineInside;
  if (inside.interruptible) return;
  inside.interruptible = true;

  const run = inside.runKernelFunc.bind(target);
  inside.runKernelFunc = (...given) => {
    // Not within an operation that consists of others: what it has kept for its gradient would stay.
    if (inside.state.kernelDepth === 0 && takeNotice()) {
      throw new OperationInterruptedError(
        'The computation was stopped in the middle of a step; a call with a checkpoint goes on from there when it is repeated.',
      );
    }
    return run(...given);
  };

  // TensorFlow.js keeps what a gradient needs until the gradient has been taken, for ever if that fails.
  const gradients = inside.gradients.bind(target);
  inside.gradients = (...given) => {
    try {
      return gradients(...given);
    } catch (error) {
      const { state } = inside;
      if (state.gradientDepth === 0) {
        for (const { saved = [] } of state.activeTape ?? []) {
          for (const tensor of saved) if (!tensor.isDisposed) tensor.dispose();
        }
        state.activeTape = null;
      }
      throw error;
    }
  };
}
