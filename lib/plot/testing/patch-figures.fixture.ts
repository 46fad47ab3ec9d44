import type { PatchRow, PatchScore } from '../../patch/patch-row.js';
import { summarisePatchRows } from '../../patch/patch-summary.js';
import { WEAK_KINDS } from '../../patch/weak-kinds.js';
import type { Figure } from '../figure/figure.js';
import type { ThemeName } from '../figure/theme.js';
import { patchExperiment } from '../figures/patch/patch-experiment.js';
import { patchSummary } from '../figures/patch/patch-summary.js';

const score = (precision: number | null, recall: number): PatchScore => ({
  precision,
  recall,
  f1: 0.6,
  nonTarget: 0.7,
});

export const rowsOf = (data: PatchRow['data'], seeds: readonly number[] = [1, 2]): PatchRow[] =>
  WEAK_KINDS.flatMap((kind, k) =>
    [0, 3].flatMap((target) =>
      seeds.flatMap((seed) =>
        (['minMax', 'learned'] as const).map((rule, r) => ({
          ...{
            kind: 'patchRow' as const,
            network: 'simcnn' as const,
            data,
            weakKind: kind,
            target,
            seed,
            rule,
            epoch: 3,
            method: 'cnnsplitter',
          },
          targetClass: `<b>class</b> ${target}`,
          weak: score(k === 1 ? null : 0.5, 0.6),
          patched: score(0.8 - r / 10, 0.4 + r / 3 + seed / 100),
        })),
      ),
    ),
  );

/** Figures of patching. */
export const patchFigures = (theme: ThemeName): Record<string, Figure> => ({
  'patch-experiment': patchExperiment(rowsOf('cifar'), { theme }),
  'patch-summary': patchSummary(summarisePatchRows(rowsOf('cifar')), { theme }),
});
