import * as tf from '../../tf.js';
import type { Addon } from './addon.js';
import { loadAddon } from './addon-file.js';
import { OneDnnBackend } from './backend.js';
import { BACKEND_NAME } from './kernel.js';
import { registerBatchNorm } from './kernels/batch-norm.js';
import { registerConvolutions } from './kernels/convolution.js';
import { registerElementWise } from './kernels/element-wise.js';
import { registerInferencePlans } from './kernels/inference-plan.js';
import { registerLayout } from './kernels/layout.js';
import { registerMatMul } from './kernels/mat-mul.js';
import { registerPooling } from './kernels/pooling.js';
import { registerReduction } from './kernels/reduction.js';
import { registerTrainingPlans } from './kernels/training-plan.js';
import { registerTrainingStep } from './kernels/training-step.js';

let addon: Addon | undefined;

/**
 * Makes the backend 'onednn' known to tfjs: `tf.setBackend('onednn')` opens it.
 * @param threadsWanted threads for calls from this thread of JavaScript; 0 leaves them as they are
 * @returns oneDNN's version and the number of threads
 * @throws AddonError when the addon cannot be used on this machine; its message says why and what to do
 */
export function registerOneDnn(threadsWanted = 0): { version: string; threads: number } {
  if (addon === undefined) {
    addon = loadAddon();
    register(addon);
  }
  return { version: addon.version, threads: addon.setThreads(threadsWanted) };
}

function register(addon: Addon): void {
  tf.copyRegisteredKernels('cpu', BACKEND_NAME);
  registerConvolutions();
  registerMatMul();
  registerElementWise();
  registerReduction();
  registerLayout();
  registerBatchNorm();
  registerPooling();
  registerTrainingStep();
  registerInferencePlans();
  registerTrainingPlans();
  // tfjs would choose it by itself from priority 2 on; openBackend is the one that chooses.
  tf.registerBackend(BACKEND_NAME, () => new OneDnnBackend(addon), 0);
}
