import type { PaperId } from './row.js';

/** A table or figure of a paper, as its specification page numbers them, and the rows that compute it; none where there is no row yet. */
export interface PaperTable {
  readonly paper: PaperId;
  readonly title: string;
  /** Section of the specification page. */
  readonly section: string;
  readonly rows: readonly string[];
  /** Why there is no row; '' where there is one. */
  readonly without: string;
}

const table = (paper: PaperId, title: string, section: string, rows: readonly string[], without = ''): PaperTable => ({
  ...{ paper, title, section, rows, without },
});

const NO_VALUE = 'no value is published';
const TO_DO = 'not written yet';
const NOTEBOOK_07 = 'not written yet; notebook 07 has the tables at its scale';

/** What the papers show, and where it is computed. */
export const PAPER_TABLES: readonly PaperTable[] = [
  table('cnnsplitter', 'Modules together: accuracy, kernels, multiply-adds, difference', 'spec cnnsplitter §3.5', [
    'cnnsplitter-modules-rescnn-quarter',
    'cnnsplitter-modules-simcnn-quarter',
    'cnnsplitter-modules-rescnn',
    'cnnsplitter-modules-simcnn',
  ]),
  table('cnnsplitter', 'Weak models patched', 'spec cnnsplitter §3.5', [
    'cnnsplitter-patch-rescnn-quarter',
    'cnnsplitter-patch-simcnn-quarter',
    'cnnsplitter-patch-rescnn',
  ]),
  table('cnnsplitter', 'Layer sensitivity', 'spec cnnsplitter §2.3', [], NO_VALUE),
  table('cnnsplitter', 'Ablation of grouping, start and pruning', 'spec cnnsplitter §7', [], NO_VALUE),
  table('gradsplitter', 'Kernels and accuracy of the modules', 'spec cnnsplitter §4.9', [
    'gradsplitter-modules-rescnn-quarter',
  ]),
  table('gradsplitter', 'Weak models patched, class by class', 'spec cnnsplitter §4.8', [], TO_DO),
  table('gradsplitter', 'A more accurate model out of several', 'spec cnnsplitter §4.6', [
    'gradsplitter-reuse-best-modules',
    'gradsplitter-reuse-best-modules-ten',
  ]),
  table('gradsplitter', 'New binary tasks', 'spec cnnsplitter §4.7', [], TO_DO),
  table('decompose', 'Cost of decomposition (T1)', 'spec decompose §5', [
    'decompose-arms-rescnn-quarter',
    'decompose-arms-simcnn-quarter',
  ]),
  table('decompose', 'Reuse within and across data sets (T2, T3)', 'spec decompose §3.2', [], NOTEBOOK_07),
  table('decompose', 'Replacement within and across data sets (T4, T5)', 'spec decompose §3.5', [], NOTEBOOK_07),
  table('decompose', 'A confused pair (T6)', 'spec decompose §3.7', [], NOTEBOOK_07),
  table('doctor', 'Treatment (T1)', 'spec doctor §9.1', [
    'doctor-treat-rescnn-quarter',
    'doctor-treat-simcnn-quarter',
    'doctor-treat-undertrained',
  ]),
  table('doctor', 'Isolated against successive', 'spec doctor §8', ['doctor-probe-rescnn-quarter']),
  table('progressive', 'Procedures at equal images seen', 'spec progressive §5', [
    'progressive-arms-rescnn-quarter',
    'progressive-arms-simcnn-quarter',
  ]),
];

/** Tables that no row computes. */
export const tablesWithoutRows = (): readonly PaperTable[] => PAPER_TABLES.filter(({ rows }) => rows.length === 0);
