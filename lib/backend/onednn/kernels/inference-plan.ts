import type * as tf from '../../../tf.js';
import { type PlanAttributes, RUN_PLAN } from '../../inference-plan.js';
import type { OneDnnBackend } from '../backend.js';
import { add, type Inputs } from '../kernel.js';

/** Nothing where the plan refuses the values. */
function runPlan(backend: OneDnnBackend, { x }: Inputs, { handle, outputs }: PlanAttributes): tf.TensorInfo[] {
  const results = outputs.map((shape) => backend.output([x.shape[0], ...shape]));
  const arrays = results.map((result) => backend.floats(result));
  if (backend.addon.runInferencePlan(handle, x.shape[0], backend.floats(x), arrays)) return results;
  results.forEach(({ dataId }) => backend.disposeData(dataId));
  return [];
}

export function registerInferencePlans(): void {
  add(RUN_PLAN, runPlan);
}
