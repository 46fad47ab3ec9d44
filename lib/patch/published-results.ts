import type { PatchDataName } from './patch-data.js';
import type { WeakNetwork } from './weak-kinds.js';
import type { WeakKind } from './weak-kinds.js';

/** The four scores of one model on one target class, in percent. */
export interface PatchFigures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Accuracy on the images of the other classes. */
  readonly nonTarget: number;
}

/** One row of GradSplitter's patching tables. */
export interface PublishedPatchRow {
  readonly network: WeakNetwork;
  readonly data: PatchDataName;
  /** Position of the target class among the strong model's classes. */
  readonly target: number;
  readonly kind: WeakKind;
  readonly weak: PatchFigures;
  readonly patched: PatchFigures;
}

/**
 * GradSplitter's patching tables, complete (spec cnnsplitter Appendix A): from the README of the authors' group's later tool
 * ModelFoundry. No text says that they are the paper's; averaging them gives the gains of the TOSEM abstract to the
 * digit. How the module's score is scaled in them is not known (spec cnnsplitter §4.8).
 */
export function publishedPatchRows(): PublishedPatchRow[] {
  return TABLES.trim()
    .split('\n')
    .map((line) => {
      const [network, data, target, kind, ...columns] = line.trim().split(' ');
      const n = columns.map(Number);
      const scoresAt = (i: number) => ({ precision: n[i], recall: n[i + 2], f1: n[i + 4], nonTarget: n[i + 6] });
      return {
        network: network as WeakNetwork,
        data: data as PatchDataName,
        target: Number(target),
        kind: kind as WeakKind,
        weak: scoresAt(0),
        patched: scoresAt(1),
      };
    });
}

/** Mean gains in percentage points that an abstract gives; null where no source does. */
export interface HeadlineGains {
  readonly source: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number | null;
  readonly nonTarget: number | null;
}

/** CNNSplitter's per-class tables were not found anywhere: these means are all there is (spec cnnsplitter §3.5). */
export const CNNSPLITTER_GAINS: HeadlineGains = {
  source: 'CNNSplitter, abstract of arXiv 2209.06116',
  precision: 12.54,
  recall: 2.14,
  f1: null,
  nonTarget: 1.18,
};

/** The abstract's own numbers (spec cnnsplitter §4.8); the mean over {@link publishedPatchRows} adds non-target 1.85. */
export const GRADSPLITTER_GAINS: HeadlineGains = {
  source: 'GradSplitter, abstract of arXiv 2311.04438',
  precision: 17.13,
  recall: 4.95,
  f1: 11.47,
  nonTarget: null,
};

/** Per line: network, data, target class, kind; then weak and patched precision, recall, F1, non-target accuracy. */
const TABLES = `
simcnn cifar 0 simple 78.49 91.25 73.00 73.00 75.65 81.11 78.22 79.22
simcnn cifar 0 underfitting 45.37 80.65 49.00 75.00 47.12 77.72 45.00 46.67
simcnn cifar 0 overfitting 54.29 86.76 57.00 59.00 55.61 70.24 55.22 57.00
simcnn cifar 1 simple 84.96 97.85 96.00 91.00 90.14 94.30 80.22 80.67
simcnn cifar 1 underfitting 62.62 97.67 67.00 84.00 64.73 90.32 49.44 51.33
simcnn cifar 1 overfitting 66.35 100.00 69.00 67.00 67.65 80.24 57.78 59.44
simcnn cifar 2 simple 70.53 94.20 67.00 65.00 68.72 76.92 77.11 78.44
simcnn cifar 2 underfitting 33.06 71.93 41.00 82.00 36.61 76.64 39.78 40.89
simcnn cifar 2 overfitting 50.81 89.71 63.00 61.00 56.25 72.62 56.78 59.00
simcnn cifar 3 simple 55.96 79.03 61.00 49.00 58.37 60.49 76.22 77.78
simcnn cifar 3 underfitting 25.88 43.07 22.00 59.00 23.78 49.79 42.22 41.33
simcnn cifar 3 overfitting 43.53 67.92 37.00 36.00 40.00 47.06 54.00 54.78
simcnn cifar 4 simple 69.39 93.94 68.00 62.00 68.69 74.70 78.11 79.44
simcnn cifar 4 underfitting 42.47 88.24 31.00 75.00 35.84 81.08 44.89 46.33
simcnn cifar 4 overfitting 62.20 88.24 51.00 45.00 56.04 59.60 60.56 61.67
simcnn cifar 5 simple 69.52 84.34 73.00 70.00 71.22 76.50 78.11 79.33
simcnn cifar 5 underfitting 35.85 65.55 19.00 78.00 24.84 71.23 42.56 41.33
simcnn cifar 5 overfitting 50.00 85.71 52.00 66.00 50.98 74.58 61.00 62.22
simcnn cifar 6 simple 74.07 91.76 80.00 78.00 76.92 84.32 76.22 77.44
simcnn cifar 6 underfitting 34.58 86.14 74.00 87.00 47.13 86.57 35.44 39.44
simcnn cifar 6 overfitting 57.63 94.37 68.00 67.00 62.39 78.36 58.22 59.89
simcnn cifar 7 simple 80.00 92.86 68.00 78.00 73.51 84.78 75.22 76.00
simcnn cifar 7 underfitting 63.64 85.57 7.00 83.00 12.61 84.26 43.22 42.89
simcnn cifar 7 overfitting 60.00 92.21 57.00 71.00 58.46 80.23 59.67 61.44
simcnn cifar 8 simple 75.73 88.30 78.00 83.00 76.85 85.57 77.67 78.78
simcnn cifar 8 underfitting 100.00 72.00 5.00 72.00 9.52 72.00 43.00 42.11
simcnn cifar 8 overfitting 67.29 91.36 72.00 74.00 69.57 81.77 61.67 62.89
simcnn cifar 9 simple 74.31 87.00 81.00 87.00 77.51 87.00 77.33 78.56
simcnn cifar 9 underfitting 50.94 76.79 54.00 86.00 52.43 81.13 41.67 42.89
simcnn cifar 9 overfitting 61.26 87.34 68.00 69.00 64.45 77.09 61.00 62.33
simcnn svhn 0 simple 88.94 97.46 91.28 92.49 90.10 94.91 89.04 90.39
simcnn svhn 0 underfitting 25.17 97.45 19.04 87.50 21.68 92.21 47.88 50.10
simcnn svhn 0 overfitting 89.34 97.18 88.88 88.88 89.11 92.84 91.33 92.33
simcnn svhn 1 simple 96.14 98.22 93.31 94.14 94.71 96.13 87.92 88.83
simcnn svhn 1 underfitting 92.17 97.47 97.14 96.82 94.59 97.15 68.98 71.98
simcnn svhn 1 overfitting 96.78 98.40 95.98 95.57 96.38 96.97 92.13 92.97
simcnn svhn 2 simple 93.36 98.90 95.54 95.16 94.44 96.99 88.50 90.80
simcnn svhn 2 underfitting 95.29 98.62 94.53 94.43 94.91 96.48 89.78 91.13
simcnn svhn 2 overfitting 95.57 98.62 95.23 94.48 95.40 96.50 90.83 92.00
simcnn svhn 3 simple 89.21 97.95 91.50 91.15 90.34 94.43 88.59 91.17
simcnn svhn 3 underfitting 89.86 98.28 86.36 87.47 88.08 92.56 87.85 89.78
simcnn svhn 3 overfitting 93.47 98.32 88.45 87.37 90.89 92.52 91.04 92.29
simcnn svhn 4 simple 93.95 99.18 93.58 95.40 93.76 97.25 90.36 91.48
simcnn svhn 4 underfitting 87.97 98.76 90.69 94.57 89.31 96.62 75.38 77.74
simcnn svhn 4 overfitting 93.66 98.18 93.62 94.21 93.64 96.16 90.37 91.35
rescnn cifar 0 simple 72.32 85.06 81.00 74.00 76.42 79.14 80.78 82.33
rescnn cifar 0 underfitting 40.00 81.82 58.00 63.00 47.35 71.19 39.11 43.00
rescnn cifar 0 overfitting 63.73 77.22 65.00 61.00 64.36 68.16 58.33 59.33
rescnn cifar 1 simple 87.25 100.00 89.00 84.00 88.12 91.30 82.56 83.00
rescnn cifar 1 underfitting 67.80 98.46 40.00 64.00 50.31 77.58 43.78 44.22
rescnn cifar 1 overfitting 56.30 80.00 67.00 68.00 61.19 73.51 56.33 57.67
rescnn cifar 2 simple 82.93 95.38 68.00 62.00 74.73 75.15 81.00 81.67
rescnn cifar 2 underfitting 52.38 84.62 11.00 55.00 18.18 66.67 44.89 44.78
rescnn cifar 2 overfitting 52.38 76.47 55.00 52.00 53.66 61.90 57.22 59.11
rescnn cifar 3 simple 73.75 89.83 59.00 53.00 65.56 66.67 82.00 82.67
rescnn cifar 3 underfitting 60.00 61.18 3.00 52.00 5.71 56.22 48.89 48.00
rescnn cifar 3 overfitting 55.56 77.78 40.00 35.00 46.51 48.28 63.33 63.67
rescnn cifar 4 simple 74.32 93.22 55.00 55.00 63.22 69.18 79.44 80.67
rescnn cifar 4 underfitting 36.36 92.59 28.00 50.00 31.64 64.94 49.22 51.00
rescnn cifar 4 overfitting 55.00 74.63 55.00 50.00 55.00 59.88 61.11 62.67
rescnn cifar 5 simple 67.77 80.65 82.00 75.00 74.21 77.72 78.89 80.33
rescnn cifar 5 underfitting 36.70 86.54 40.00 45.00 38.28 59.21 36.22 37.56
rescnn cifar 5 overfitting 47.87 59.72 45.00 43.00 46.39 50.00 60.44 60.89
rescnn cifar 6 simple 76.92 89.77 80.00 79.00 78.43 84.04 80.78 81.78
rescnn cifar 6 underfitting 44.31 91.25 74.00 73.00 55.43 81.11 33.44 36.22
rescnn cifar 6 overfitting 62.75 83.33 64.00 60.00 63.37 69.77 63.33 64.11
rescnn cifar 7 simple 81.40 91.89 70.00 68.00 75.27 78.16 81.89 82.67
rescnn cifar 7 underfitting 39.22 78.75 60.00 63.00 47.43 70.00 46.22 49.56
rescnn cifar 7 overfitting 58.59 78.08 58.00 57.00 58.29 65.90 62.22 63.33
rescnn cifar 8 simple 75.22 85.71 85.00 78.00 79.81 81.68 79.89 80.56
rescnn cifar 8 underfitting 50.00 80.49 5.00 33.00 9.09 46.81 43.78 43.56
rescnn cifar 8 overfitting 68.57 80.00 72.00 68.00 70.24 73.51 60.44 61.44
rescnn cifar 9 simple 89.16 95.95 74.00 71.00 80.87 81.61 84.33 84.67
rescnn cifar 9 underfitting 28.74 76.53 71.00 75.00 40.92 75.76 42.44 48.22
rescnn cifar 9 overfitting 54.21 71.25 58.00 57.00 56.04 63.33 59.78 60.89
rescnn svhn 0 simple 81.17 96.65 92.66 89.39 86.53 92.88 87.23 89.97
rescnn svhn 0 underfitting 78.05 97.30 91.57 86.93 84.27 91.82 87.05 90.68
rescnn svhn 0 overfitting 90.91 96.70 90.65 89.11 90.78 92.75 91.78 92.62
rescnn svhn 1 simple 89.36 97.96 97.84 95.82 93.41 96.88 82.46 87.38
rescnn svhn 1 underfitting 95.86 99.02 44.46 39.54 60.74 56.51 49.58 50.14
rescnn svhn 1 overfitting 89.78 97.55 98.90 96.94 94.12 97.25 86.48 90.91
rescnn svhn 2 simple 93.81 98.96 96.41 93.90 95.09 96.36 90.97 93.23
rescnn svhn 2 underfitting 95.28 99.30 94.91 92.14 95.10 95.59 89.31 90.90
rescnn svhn 2 overfitting 95.24 98.63 94.94 94.00 95.09 96.26 91.46 92.75
rescnn svhn 3 simple 88.91 98.53 90.94 86.33 89.91 92.03 88.47 91.42
rescnn svhn 3 underfitting 80.01 99.02 90.94 84.04 85.13 90.92 79.16 84.42
rescnn svhn 3 overfitting 92.42 98.97 85.91 83.45 89.05 90.55 91.09 92.46
rescnn svhn 4 simple 93.38 99.36 95.56 92.51 94.46 95.81 91.15 92.43
rescnn svhn 4 underfitting 57.73 95.68 99.01 97.34 72.93 96.50 69.87 86.47
rescnn svhn 4 overfitting 92.98 98.39 96.00 94.53 94.46 96.42 90.98 92.14
`;
