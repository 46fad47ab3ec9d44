// npm run reproduce -- [ROW …]: computes the papers' tables, goes on where it was stopped, and writes the page of all that is done
import fs from 'node:fs';
import path from 'node:path';
import { openBackend } from '../../lib/backend/open-backend.js';
import { type PlannedRow, reproductionPlan } from '../../lib/compare/reproduction/plan.js';
import { REPRODUCTION_ROWS, reproductionRowById } from '../../lib/compare/reproduction/registry.js';
import { reproductionCsv, reproductionReport } from '../../lib/compare/reproduction/report.js';
import { reproduceRow } from '../../lib/compare/reproduction/reproduce-row.js';
import {
  readResult,
  type RowResult,
  stateOf,
  withTodaysFindings,
  writeResult,
} from '../../lib/compare/reproduction/row-result.js';
import { type Scale, SCALES } from '../../lib/compare/reproduction/scale.js';
import { InterruptedError } from '../../lib/errors.js';
import { reproducedRow } from '../../lib/plot/figures/reproduction/reproduced-row.js';
import { showProgress } from '../../lib/run/show-progress.js';
import { writeFileAtomically } from '../../lib/run/write-file.js';
import { projectRoot } from '../session/project-root.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = `Usage: npm run reproduce -- [ROW …] [options]
  ROW            tables of the papers by their names, with the networks that they need (default: all that are not done, the
                 cheapest first; see --list)
  --scale NAME   how much to compute: lab (default) on all of CIFAR-10, smoke (seconds, synthetic images) or paper (everything as
                 published: weeks)
  --seeds N      so many seeds instead of each row's own
  --out FOLDER   everything goes there. Default: results into notebooks/reproduction, networks into data/models, the page
                 notebooks/reproduction.md; checkpoints, figures, CSV and all of smoke into out/reproduce
  --list         only say what is done and how long the rest takes
Ctrl-C, and even kill -9, lose no more than the step under way: the same command goes on.`;

/** Where everything of a scale lies. */
interface Places {
  readonly results: string;
  readonly models: string;
  readonly work: string;
  readonly page: string;
  readonly csv: string;
  readonly figures: string;
}

function placesOf(scale: Scale, out: string | undefined): Places {
  const own = path.join(projectRoot, 'out', 'reproduce');
  const work = path.join(out ?? own, scale);
  const apart = out !== undefined || scale === 'smoke';
  return {
    work,
    results: apart ? path.join(work, 'results') : path.join(projectRoot, 'notebooks', 'reproduction'),
    models: apart ? path.join(work, 'models') : path.join(projectRoot, 'data', 'models'),
    page:
      apart || scale !== 'lab'
        ? path.join(work, 'reproduction.md')
        : path.join(projectRoot, 'notebooks', 'reproduction.md'),
    csv: path.join(work, 'findings.csv'),
    figures: path.join(work, 'figures'),
  };
}

function duration(minutes: number): string {
  if (minutes < 90) return `${Math.max(1, Math.round(minutes))} min`;
  return minutes < 48 * 60 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 60 / 24).toFixed(0)} days`;
}

const minutesLeft = (rows: readonly PlannedRow[]): number =>
  rows.reduce((sum, { state, minutes }) => sum + (state === 'done' ? 0 : minutes), 0);

function printList(plan: readonly PlannedRow[]): void {
  for (const { row, state, minutes } of plan) {
    console.log(`${row.id.padEnd(38)} ${state.padEnd(9)} ${duration(minutes).padStart(8)}  ${row.title}`);
  }
  const left = plan.filter(({ state }) => state !== 'done');
  console.log(
    left.length === 0
      ? `\nAll ${plan.length} rows are done.`
      : `\n${left.length} of ${plan.length} rows are left: about ${duration(minutesLeft(plan))} on two cores that do nothing else.`,
  );
}

/**
 * Writes the page, the figures and the CSV of all rows that are done at the scale, and their findings anew where tests or words have
 * changed.
 * @param computed the row just done
 */
async function writeReport(scale: Scale, places: Places, computed?: string): Promise<void> {
  const { results, page, csv, figures } = places;
  const found = new Map<string, RowResult>();
  for (const row of REPRODUCTION_ROWS) {
    const size = row.sizes[scale];
    const result = readResult(results, row.id, scale);
    if (!result || !size) continue;
    // Of other settings than today's the findings stay as they were.
    const shown = stateOf(result, size) === 'done' ? withTodaysFindings(row, result) : result;
    if (shown !== result) writeResult(results, shown);
    found.set(row.id, shown);
    const file = path.join(figures, `${row.id}.svg`);
    const drawn = row.id !== computed && shown === result && fs.existsSync(file);
    if (!drawn && shown.findings.some(({ unit }) => unit !== 'ratio')) {
      writeFileAtomically(file, await reproducedRow({ ...shown, title: row.title }).toSVG());
    }
  }
  writeFileAtomically(page, reproductionReport(scale, REPRODUCTION_ROWS, found));
  writeFileAtomically(csv, reproductionCsv(found.values()));
}

runCommand({
  usage: USAGE,
  options: {
    scale: { type: 'string', default: 'lab' },
    seeds: { type: 'string' },
    out: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
  async run({ values, positionals }, interrupts) {
    const scale = SCALES.find((known) => known === values.scale);
    if (!scale) throw new UsageError(`--scale: expected one of ${SCALES.join(', ')}, got '${values.scale}'.`);
    const seeds = values.seeds === undefined ? undefined : Number(values.seeds);
    if (seeds !== undefined && !(Number.isInteger(seeds) && seeds >= 1)) {
      throw new UsageError(`--seeds: expected a whole number from 1 on, got '${values.seeds}'.`);
    }
    const places = placesOf(scale, values.out === undefined ? undefined : path.resolve(values.out));
    const named = positionals.map(reproductionRowById);
    const wanted = named.length > 0 ? named : REPRODUCTION_ROWS.filter(({ sizes }) => sizes[scale]);
    const absent = wanted.find(({ sizes }) => !sizes[scale]);
    if (absent) {
      throw new UsageError(
        `'${absent.id}' is not offered at scale ${scale}; it is at ${Object.keys(absent.sizes).join(', ')}.`,
      );
    }
    const planNow = () => reproductionPlan(wanted, REPRODUCTION_ROWS, { scale, seeds, results: places.results });
    const plan = planNow();
    if (values.list) return printList(plan);
    const signal = interrupts.heed();
    await openBackend();
    const left = plan.filter(({ state }) => state !== 'done');
    for (const [i, { row, minutes }] of left.entries()) {
      console.error(`${i + 1}/${left.length} ${row.id}: ${row.title} (about ${duration(minutes)})`);
      try {
        const result = await reproduceRow(row, { ...places, scale, seeds, onProgress: showProgress(), signal });
        for (const { what, test } of result.findings) if (test) console.log(`  ${what}: ${test.verdict}`);
      } catch (error) {
        if (error instanceof InterruptedError) console.error(`Left: about ${duration(minutesLeft(planNow()))}.`);
        throw error;
      }
      await writeReport(scale, places, row.id);
    }
    if (left.length === 0) await writeReport(scale, places);
    console.log(`Wrote ${path.relative('', places.page)} and ${path.relative('', places.csv)}`);
    printList(planNow());
  },
});
