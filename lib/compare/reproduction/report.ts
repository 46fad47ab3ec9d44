import type { EffectTest, Verdict } from './effect-test.js';
import type { Finding, OverSeeds } from './finding.js';
import { tablesWithoutRows } from './paper-tables.js';
import { type PaperId, PAPERS, type ReproductionRow } from './row.js';
import type { RowResult } from './row-result.js';
import type { Scale } from './scale.js';

const DECIMALS: Readonly<Record<Finding['unit'], number>> = { points: 2, '%': 1, ratio: 2 };

/** A number as it stands in tables, with a true minus sign. */
export function shownNumber(value: number, unit: Finding['unit']): string {
  const text = value.toFixed(DECIMALS[unit]);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
}

const shownOverSeeds = ({ mean, std }: OverSeeds, unit: Finding['unit']): string =>
  shownNumber(mean, unit) + (std === null ? '' : ` ± ${shownNumber(std, unit)}`);

/** What is claimed, with the interval: 'above 0: 3.10 [2.20, 4.00]'. */
export function shownTest({ mean, low, high, claim }: EffectTest, unit: Finding['unit']): string {
  const what = claim.kind === 'above 0' ? 'above 0' : `${claim.kind} ${shownNumber(claim.limit, unit)}`;
  const interval =
    low === null || high === null ? 'one seed' : `${shownNumber(low, unit)} to ${shownNumber(high, unit)}`;
  return `${what}: ${shownNumber(mean, unit)} (${interval})`;
}

const VERDICTS: readonly Verdict[] = ['shown', 'not shown', 'opposite', 'too small to tell'];

const INTRODUCTION = `# The papers' values beside ours

Written by \`npm run reproduce\` out of the finished rows in [reproduction/](reproduction); do not edit it.

**How to read it.** _Published_ is the paper's value with the source tag of the method's page in [papers/](papers/README.md); values that only memory or no source gives are not here.
_Ours_ is the mean ± standard deviation over seeds, on images that nothing was trained, tuned or searched on. _Control_ is the same without what the method is about.
_Test_ names what is claimed, our estimate and its 95 % interval: the seeds' part by Student's t, the images' part by their standard error (paired, image by image, where two classifiers are compared); the two add in squares.

- **shown**: the whole interval is where the claim says;
- **opposite**: the claim is that something is above 0, and the whole interval is below;
- **not shown**: the interval excludes the claim, or an effect large enough to matter;
- **too small to tell**: the interval excludes neither.`;

/** The page of all finished rows of one scale, as Markdown. */
export function reproductionReport(
  scale: Scale,
  rows: readonly ReproductionRow[],
  results: ReadonlyMap<string, RowResult>,
): string {
  const sections = (Object.keys(PAPERS) as PaperId[]).flatMap((paper) => {
    const own = rows.filter((row) => row.paper === paper && results.has(row.id));
    return own.length === 0
      ? []
      : [`## ${PAPERS[paper]}`, ...own.flatMap((row) => sectionOf(row, results.get(row.id)!))];
  });
  const overview = rows.flatMap((row) => {
    const verdicts = results.get(row.id)?.findings.flatMap(({ test }) => test?.verdict ?? []) ?? [];
    if (verdicts.length === 0) return [];
    return [[row.title, ...VERDICTS.map((verdict) => String(verdicts.filter((own) => own === verdict).length || '–'))]];
  });
  const left = rows.filter((row) => row.sizes[scale] && !results.has(row.id));
  return [
    INTRODUCTION,
    ...(overview.length === 0 ? [] : [markdownTable(['claims tested', ...VERDICTS], overview)]),
    ...sections,
    ...(left.length === 0
      ? []
      : ['## Not computed yet', left.map((row) => `- ${row.title} (\`npm run reproduce -- ${row.id}\`)`).join('\n')]),
    '## Not yet rows',
    tablesWithoutRows()
      .map(({ paper, title, section, without }) => `- ${PAPERS[paper]}: ${title} (${section}): ${without}.`)
      .join('\n'),
    '',
  ].join('\n\n');
}

function sectionOf(row: ReproductionRow, result: RowResult): string[] {
  const { seeds, findings, madeBy } = result;
  const lines = findings.map(({ what, unit, published, ours, control, test, why }) => [
    `${what}, ${unit}`.replace(', ratio', ''),
    published === null ? '–' : `${shownNumber(published.value, unit)} ${published.source}`,
    shownOverSeeds(ours, unit),
    control === null ? '–' : `${shownOverSeeds(control, unit)} (${control.name})`,
    test === null ? '–' : shownTest(test, unit),
    test === null ? '–' : `**${test.verdict}**`,
    why,
  ]);
  return [
    `### ${row.title}`,
    `${row.measured} ${seeds.length === 1 ? `Seed ${seeds[0]}` : `Seeds ${seeds.join(', ')}`}; computed by ${madeBy.backend}. \`npm run reproduce -- ${row.id} --scale ${result.scale}\``,
    markdownTable(['what', 'published', 'ours', 'control', 'test', 'verdict', 'why'], lines),
  ];
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** All findings as CSV, a line each. */
export function reproductionCsv(results: Iterable<RowResult>): string {
  const quoted = (value: string | number | null) =>
    value === null ? '' : typeof value === 'number' ? String(value) : `"${value.replaceAll('"', '""')}"`;
  const header = [
    ...['row', 'scale', 'what', 'unit', 'published', 'source', 'mean', 'sd', 'seeds'],
    ...['control', 'control mean', 'control sd', 'claim', 'estimate', 'low', 'high', 'verdict'],
  ];
  const lines = [...results].flatMap(({ row, scale, findings }) =>
    findings.map(({ what, unit, published, ours, control, test }) => [
      ...[row, scale, what, unit, published?.value ?? null, published?.source ?? null],
      ...[ours.mean, ours.std, ours.values.length, control?.name ?? null, control?.mean ?? null, control?.std ?? null],
      ...[test ? `${test.claim.kind}${'limit' in test.claim ? ` ${test.claim.limit}` : ''}` : null],
      ...[test?.mean ?? null, test?.low ?? null, test?.high ?? null, test?.verdict ?? null],
    ]),
  );
  return [header, ...lines].map((line) => line.map(quoted).join(',')).join('\n') + '\n';
}
