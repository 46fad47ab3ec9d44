import path from 'node:path';
import { openBackend } from '../../../../lib/backend/open-backend.js';
import type { ImageFit } from '../../../../lib/datasets/images/fit-image.js';
import type { Figure } from '../../../../lib/plot/figure/figure.js';
import type { Table } from '../../../../lib/plot/tables/table.js';
import { packageVersion } from '../../../../lib/run/package-version.js';
import type { OnProgress } from '../../../../lib/run/progress.js';
import { showProgress } from '../../../../lib/run/show-progress.js';
import type { InputOptions } from '../../../results/opened-inputs.js';
import { reportPage, type ReportSection } from '../../../results/report-page.js';
import { ResultFolder, type RunIdentity } from '../../../results/result-folder.js';
import type { Range } from '../../../results/value-range.js';
import { type Interrupts, UsageError } from '../../run-command.js';

/** The options that methods share, as they come from the command line. */
export interface MethodValues {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly seed: string;
  readonly 'per-class'?: string;
  readonly classes?: string;
  readonly range?: string;
  readonly size?: string;
  readonly fit?: string;
  readonly labels?: string;
}

/** What a method works with. */
export interface MethodRun {
  readonly model: string;
  readonly images: string;
  readonly seed: number;
  readonly inputs: InputOptions;
  readonly results: ResultFolder;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** What a method found. */
export interface MethodResult {
  /** Of the page. */
  readonly title: string;
  readonly about: string;
  readonly opening: string;
  readonly sections: readonly ReportSection[];
  /** What is said in the terminal. */
  readonly summary: readonly string[];
  /** Name of the file without its ending, and what goes into it as CSV. */
  readonly tables: Readonly<Record<string, Table | Figure>>;
  /** Plain data. */
  readonly json: unknown;
}

/**
 * Runs a method for a command: reads what all take, opens the folder of results, and writes page, tables and JSON.
 * @throws UsageError for a call that makes no sense
 */
export async function runMethod(
  command: string,
  { values, positionals }: { values: MethodValues; positionals: readonly string[] },
  interrupts: Interrupts,
  method: (run: MethodRun) => Promise<MethodResult>,
): Promise<void> {
  const [model, images, ...extra] = positionals;
  if (model === undefined || images === undefined || extra.length > 0) {
    const got = positionals.length === 0 ? 'nothing' : `'${positionals.join(' ')}'`;
    throw new UsageError(`Expected a model and images, got ${got}. Quote names that have spaces in them.`);
  }
  const { out = `modulab-${command}`, force = false, json = false } = values;
  const signal = interrupts.heed();
  const onProgress = showProgress();
  const seed = wholeNumber('seed', values.seed, 0);
  const inputs: InputOptions = {
    classes: values.classes?.split(',').map((name) => name.trim()),
    range: values.range as Range | undefined,
    size: optionalNumber('size', values.size),
    fit: values.fit as ImageFit | undefined,
    labels: values.labels,
    perClass: optionalNumber('per-class', values['per-class']),
    ...{ seed, onProgress, signal },
  };
  const apart = ['out', 'force', 'json'];
  const options = Object.fromEntries(Object.entries(values).filter(([name]) => !apart.includes(name)));
  const identity: RunIdentity = { command, model: path.resolve(model), images, options };
  const results = ResultFolder.open(out, { identity, version: packageVersion(), force });
  const page = path.join(out, 'report.html');
  if (results.done) {
    console.error(`Nothing to do: this has been done, and ${out} holds it. --force does it again.`);
    console.log(json ? results.read('result.json').trimEnd() : page);
    return;
  }
  if (results.resumed) console.error('Goes on where it was stopped.');
  const { name, version } = await openBackend({ quiet: true });
  console.error(`modulab computes with ${name} ${version}`);
  const found = await method({ model, images, seed, inputs, results, onProgress, signal });
  for (const [file, table] of Object.entries(found.tables)) results.write(`${file}.csv`, table.toCSV());
  const written = `${JSON.stringify(found.json, null, 2)}\n`;
  results.write('result.json', written);
  results.write('report.html', reportPage(found));
  const files = results.finish();
  if (json) {
    console.log(written.trimEnd());
    return;
  }
  console.log(found.summary.join('\n'));
  console.log(`\nOpen ${page} in a browser. Beside it: ${beside(files)}.`);
}

/** The files beside the page, folders as one. */
function beside(files: readonly string[]): string {
  const names = files.filter((file) => file !== 'report.html').map((file) => file.replace(/\/.*/, '/'));
  return [...new Set(names)].join(', ');
}

/** @throws UsageError when it is no whole number from `least` on */
export function wholeNumber(option: string, value: string, least: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least) {
    throw new UsageError(`--${option}: expected a whole number from ${least} on, got '${value}'.`);
  }
  return number;
}

const optionalNumber = (option: string, value: string | undefined): number | undefined =>
  value === undefined ? undefined : wholeNumber(option, value, 1);
