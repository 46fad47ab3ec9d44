import type { PatchDataName } from './patch-data.js';
import type { WeakNetwork } from './weak-kinds.js';
import type { WeakKind } from './weak-kinds.js';

/**
 * Epoch whose weights the authors took, per target class in class order (spec cnnsplitter §3.3, from the authors'
 * script.py). Underfitting is half of overfitting, rounded down; ResCNN's CIFAR list differs from that at class 4.
 */
const PUBLISHED: Partial<Record<`${WeakNetwork} ${PatchDataName} ${WeakKind}`, readonly number[]>> = {
  'simcnn cifar simple': [99, 99, 98, 99, 85, 96, 65, 94, 92, 96],
  'rescnn cifar simple': [87, 90, 74, 98, 76, 97, 89, 98, 78, 91],
  'simcnn cifar overfitting': [169, 177, 123, 118, 137, 137, 138, 140, 135, 169],
  'rescnn cifar overfitting': [131, 105, 120, 126, 136, 127, 144, 124, 136, 109],
  'rescnn cifar underfitting': [65, 52, 60, 63, 67, 63, 72, 62, 68, 54],
  'simcnn svhn simple': [77, 77, 85, 97, 89],
  'rescnn svhn simple': [88, 80, 84, 91, 68],
  'simcnn svhn overfitting': [53, 31, 59, 62, 48],
  'rescnn svhn overfitting': [59, 59, 49, 57, 61],
};

/**
 * The authors' epoch for one weak model; null where there is none (synthetic images).
 * @param target position of the target class among the strong model's classes
 */
export function publishedWeakEpoch(
  network: WeakNetwork,
  data: PatchDataName,
  kind: WeakKind,
  target: number,
): number | null {
  const listed = PUBLISHED[`${network} ${data} ${kind}`]?.[target];
  if (listed !== undefined) return listed;
  const overfitting = kind === 'underfitting' ? PUBLISHED[`${network} ${data} overfitting`]?.[target] : undefined;
  return overfitting === undefined ? null : Math.floor(overfitting / 2);
}
