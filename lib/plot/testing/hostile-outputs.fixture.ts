import { summarisePatchRows } from '../../patch/patch-summary.js';
import { HOSTILE_NAMES, withHostileNames } from '../../run/hostile-names.fixture.js';
import type { Figure } from '../figure/figure.js';
import { patchExperiment } from '../figures/patch/patch-experiment.js';
import { patchSummary } from '../figures/patch/patch-summary.js';
import { replaceAcross, replaceWithin, reuseAcross, reuseWithin } from '../figures/reuse/reuse-dots.js';
import { simplify } from '../figures/simplify/simplify.js';
import { layerSensitivity } from '../figures/split/layer-sensitivity.js';
import { searchComparison } from '../figures/split/search-comparison.js';
import { decompositionTable } from '../tables/decompose-tables.js';
import { patchSummaryTable, patchTable } from '../tables/patch-tables.js';
import { beforeAfterTable, reportTable } from '../tables/report-frame.js';
import { replaceAcrossTable, replaceWithinTable, reuseAcrossTable, reuseWithinTable } from '../tables/reuse-tables.js';
import { type Table, table } from '../tables/table.js';
import { publishedTreatmentTable, treatmentClassTable, treatmentTable } from '../tables/treatment-tables.js';
import { diagnoseFigures } from './diagnose-figures.fixture.js';
import { exampleReport } from './example-results.fixture.js';
import { figuresOf, sensitivity, simplified } from './figures.fixture.js';
import { rowsOf } from './patch-figures.fixture.js';
import { across, replaced, replacedAcross, within } from './reuse-figures.fixture.js';
import { exampleTreatment } from './treatment.fixture.js';

const CLASSES = ['className', 'classNames', 'targetClass', 'first', 'second', 'replaced', 'layer', 'layers', 'trained'];
const MODELS = [...CLASSES, 'network', 'recipient', 'donor'];

/** Every figure that shows a name from a file, with hostile ones. */
export function hostileFigures(): Record<string, Figure> {
  const patchRows = withHostileNames(rowsOf('cifar'), CLASSES);
  const generations = Array.from({ length: 3 }, (_, i) => ({
    kind: 'generationRecord' as const,
    ...{ generation: i + 1, accuracy: 0.5, diff: 0.4, score: 0.5, evaluations: 30, dropped: 10, seconds: 2 },
  }));
  return {
    ...figuresOf(HOSTILE_NAMES, 'light'),
    ...diagnoseFigures(HOSTILE_NAMES, 'dark'),
    'layer-sensitivity': layerSensitivity(sensitivity(HOSTILE_NAMES.slice(0, 20))),
    'search-comparison': searchComparison(Object.fromEntries(HOSTILE_NAMES.slice(0, 4).map((n) => [n, generations]))),
    simplify: simplify(withHostileNames(simplified, CLASSES)),
    'patch-experiment': patchExperiment(patchRows),
    'patch-summary': patchSummary(summarisePatchRows(patchRows)),
    'reuse-within': reuseWithin(withHostileNames(within, MODELS)),
    'reuse-across': reuseAcross(withHostileNames(across, MODELS)),
    'replace-within': replaceWithin(withHostileNames(replaced, MODELS)),
    'replace-across': replaceAcross(withHostileNames(replacedAcross, MODELS)),
  };
}

/** Every table that shows a name from a file, with hostile ones; also as the names of its columns. */
export function hostileTables(): Record<string, Table> {
  const [before, after] = [exampleReport(HOSTILE_NAMES, 0.7, 1), exampleReport(HOSTILE_NAMES, 0.8, 2)];
  const treatment = exampleTreatment(HOSTILE_NAMES);
  const patchRows = withHostileNames(rowsOf('cifar'), CLASSES);
  return {
    report: reportTable(before),
    'before-after': beforeAfterTable(before, after),
    treatment: treatmentTable(treatment),
    'treatment-class': treatmentClassTable(treatment),
    'treatment-published': publishedTreatmentTable(treatment, HOSTILE_NAMES[0]),
    decomposition: decompositionTable([]),
    patch: patchTable(patchRows),
    'patch-summary': patchSummaryTable(summarisePatchRows(patchRows)),
    'reuse-within': reuseWithinTable(withHostileNames(within, MODELS)),
    'reuse-across': reuseAcrossTable(withHostileNames(across, MODELS)),
    'replace-within': replaceWithinTable(withHostileNames(replaced, MODELS)),
    'replace-across': replaceAcrossTable(withHostileNames(replacedAcross, MODELS)),
    columns: table([Object.fromEntries(HOSTILE_NAMES.map((name, i) => [name, i % 2 ? i : name]))]),
  };
}
