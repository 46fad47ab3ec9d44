import type { ImageSet } from '../../datasets/dataset.js';
import type { CausalCheck } from '../../diagnose/causal-check.js';
import type { HeatMap } from '../../diagnose/heat-map.js';
import { classOverlap as overlapOf } from '../../diagnose/overlap.js';
import { reliability as measured } from '../../metrics/reliability.js';
import type { Figure } from '../figure/figure.js';
import type { ThemeName } from '../figure/theme.js';
import { causalCheck } from '../figures/diagnosis/causal-check.js';
import { classOverlap } from '../figures/diagnosis/class-overlap.js';
import { heatMapPairs } from '../figures/diagnosis/heat-map-pairs.js';
import { reliability } from '../figures/diagnosis/reliability.js';

const overlap = (classNames: readonly string[]) =>
  overlapOf({
    layer: 'conv18',
    classNames,
    kernels: 12,
    mask: classNames.map((_, c) => Array.from({ length: 12 }, (_, k) => (c === 7 ? 0 : Number((k + c) % 5 < 2)))),
  });

export const heatMap = (image: number, label: number, predicted: number): HeatMap => ({
  ...{ image, label, predicted, confidence: 0.4 + image / 40, layer: 'conv18', height: 2, width: 2 },
  values: Float32Array.from([0, 0.25, 0.5, 1]),
});

export const images = (classNames: readonly string[]): ImageSet => ({
  pixels: Uint8Array.from({ length: 20 * 4 * 4 * 3 }, (_, i) => (i * 37) % 256),
  labels: Int32Array.from({ length: 20 }, (_, i) => i % classNames.length),
  imageShape: [4, 4, 3] as const,
  classNames,
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
});

const pairs = (classNames: readonly string[]) =>
  classNames.map((className, c) => ({
    className,
    high: c === 2 ? null : heatMap(c, c, c),
    low: heatMap(c + 10, c, (c + 1) % classNames.length),
  }));

export const check = (classNames: readonly string[]): CausalCheck => ({
  kind: 'causalCheck',
  ...{ layer: 'conv18', kernels: 12, seed: 1, draws: 2, meanDrop: { relevant: 0.5, random: 0.05 }, stronger: 9 },
  rows: classNames.map((className, c) => ({
    className,
    images: 20,
    kernels: 3 + (c % 3),
    before: { own: 0.9, others: 0.9 },
    relevant: { own: 0.4 - c / 40, others: 0.9 },
    random: [0.9, 0.8 - c / 50].map((own) => ({ own, others: 0.88 })),
  })),
});

const calibrated = measured(
  Array.from({ length: 60 }, (_, i) => ({ label: 0, predicted: Number(i % 7 > 4), confidence: 0.3 + (i % 12) / 17 })),
  10,
);

/** Figures of a diagnosis. */
export const diagnoseFigures = (names: readonly string[], theme: ThemeName): Record<string, Figure> => ({
  'class-overlap': classOverlap(overlap(names), { theme }),
  'heat-map-pairs': heatMapPairs(pairs(names), images(names), { theme }),
  'causal-check': causalCheck(check(names), { theme }),
  reliability: reliability(calibrated, { theme }),
});
