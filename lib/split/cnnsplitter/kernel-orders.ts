import type * as tf from '../../tf.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { kernelImportance } from '../../surgery/passes/kernel-importance.js';
import type { ModelTrace } from '../../surgery/trace/trace.js';

/** Group id → per class the group's units, the most important first. */
export type KernelOrders = Readonly<Record<string, readonly (readonly number[])[]>>;

export interface KernelOrderOptions {
  readonly importance: 'activation' | 'pooled' | 'identity';
  readonly minConfidence: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
}

/** Orders every class's kernels by importance (spec cnnsplitter §2.1); of equals the first comes first. */
export async function kernelOrders(
  strong: tf.LayersModel,
  trace: ModelTrace,
  images: ImageSet,
  { importance, ...options }: KernelOrderOptions,
): Promise<KernelOrders> {
  if (importance === 'identity') {
    return Object.fromEntries(
      trace.groups.map(({ id, units }) => [id, images.classNames.map(() => units.map((_, unit) => unit))]),
    );
  }
  const { byGroup } = await kernelImportance(strong, trace, images, { ...options, readout: importance });
  return Object.fromEntries(
    Object.entries(byGroup).map(([id, classes]) => [
      id,
      classes.map((values) => Array.from(values, (_, unit) => unit).sort((a, b) => values[b] - values[a] || a - b)),
    ]),
  );
}
