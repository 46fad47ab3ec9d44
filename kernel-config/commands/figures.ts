/**
 * Runs every notebook and writes its figures (SVG and CSV) and tables (CSV), with the papers' values beside ours, and an index page.
 *   npm run figures [-- --preset smoke] [--only 00,04] [--from-executed] [--out FOLDER]
 */
import fs from 'node:fs';
import path from 'node:path';
import { ModulabError } from '../../lib/errors.js';
import { CellProgress } from '../notebooks/cell-progress.js';
import { exportNotebook } from '../notebooks/figures-export.js';
import { writeIndex } from '../notebooks/figures-index.js';
import { readNotebook } from '../notebooks/notebook.js';
import { runNotebook } from '../notebooks/run-notebook.js';
import { projectRoot } from '../session/project-root.js';
import { millisecondsOf, requireNothing, runCommand, UsageError } from './run-command.js';

const USAGE = `Usage: npm run figures -- [options]
  --preset NAME     how much to compute: laptop (default) or smoke
  --only 00,04      these notebooks, by the beginnings of their names (default: all)
  --from-executed   take the outputs that the notebooks hold instead of running them (seconds)
  --out FOLDER      default: out/figures in the project
  --timeout SECONDS longest time for one cell (default 3600)`;

const NOTEBOOKS = path.join(projectRoot, 'notebooks');

/** Names of the notebooks, without the ending. @throws UsageError when a beginning fits none */
function wanted(only: string | undefined): string[] {
  const names = fs
    .readdirSync(NOTEBOOKS)
    .filter((file) => file.endsWith('.ipynb'))
    .map((file) => path.basename(file, '.ipynb'))
    .sort();
  const beginnings = only?.split(',').map((part) => part.trim().replace(/\.ipynb$/, ''));
  const unknown = beginnings?.find((part) => part === '' || !names.some((name) => name.startsWith(part)));
  if (unknown !== undefined)
    throw new UsageError(`--only: expected beginnings of ${names.join(', ')}; got '${unknown}'.`);
  return beginnings ? names.filter((name) => beginnings.some((part) => name.startsWith(part))) : names;
}

runCommand({
  usage: USAGE,
  options: {
    preset: { type: 'string' },
    only: { type: 'string' },
    'from-executed': { type: 'boolean', default: false },
    out: { type: 'string', default: path.join(projectRoot, 'out', 'figures') },
    timeout: { type: 'string', default: '3600' },
  },
  async run({ values, positionals }, interrupts) {
    requireNothing(positionals);
    const { preset = 'laptop', only, out, 'from-executed': fromExecuted } = values;
    const timeoutMs = millisecondsOf('timeout', values.timeout);
    if (fromExecuted && values.preset) {
      throw new UsageError('--preset: expected no --from-executed, which takes the notebooks as they were run.');
    }
    const names = wanted(only);
    const signal = interrupts.heed();
    fs.mkdirSync(out, { recursive: true });
    const failures: string[] = [];
    for (const [i, name] of names.entries()) {
      if (signal.aborted) break;
      console.error(`${i + 1}/${names.length} ${name}${fromExecuted ? '' : `, preset ${preset}`}`);
      try {
        const file = path.join(NOTEBOOKS, `${name}.ipynb`);
        const executedAt = fromExecuted ? null : new Date().toISOString();
        let notebook = readNotebook(file);
        if (!fromExecuted) {
          const progress = new CellProgress(process.stderr);
          const run = await runNotebook(file, {
            ...{ onCell: progress.onCell, timeoutMs, env: { MODULAB_PRESET: preset }, signal, clean: true },
          });
          if (run.failure) throw new ModulabError(run.failure);
          notebook = run.notebook;
        }
        const images = process.env['MODULAB_DATA'] ? 'the images of MODULAB_DATA' : 'synthetic';
        const known = fromExecuted ? {} : { preset, data: images };
        const { items } = await exportNotebook(file, notebook, path.join(out, name), { ...known, executedAt });
        const tables = items.filter(({ kind }) => kind === 'table').length;
        const papers = items.reduce((sum, { published }) => sum + published.length, 0);
        console.error(`    ${items.length - tables} figures, ${tables} tables, ${papers} values of papers beside ours`);
      } catch (error) {
        if (signal.aborted) break;
        failures.push(name);
        console.error(error instanceof ModulabError ? error.message : error);
        console.error(`    ${name} failed; what was exported from it before is left as it was.`);
      }
    }
    const shown = writeIndex(out, NOTEBOOKS);
    console.log(`Wrote ${path.relative('', path.join(out, 'index.html'))} (${shown} notebooks)`);
    if (signal.aborted) {
      console.error('Interrupted; notebooks that were done are in the index.');
      return;
    }
    if (failures.length > 0) console.error(`Failed: ${failures.join(', ')}`);
    return failures.length === 0;
  },
});
