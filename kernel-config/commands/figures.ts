/**
 * Runs every notebook and writes its figures (SVG and CSV) and tables (CSV), with the papers' values beside ours, and an index page.
 *   npm run figures [-- --preset smoke] [--only 00,04] [--from-executed] [--out FOLDER]
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ModulabError, OptionError } from '../../lib/errors.js';
import { CellProgress } from '../notebooks/cell-progress.js';
import { exportNotebook } from '../notebooks/figures-export.js';
import { writeIndex } from '../notebooks/figures-index.js';
import { readNotebook } from '../notebooks/notebook.js';
import { projectRoot } from '../session/project-root.js';
import { runNotebook } from '../notebooks/run-notebook.js';

const USAGE = `Usage: npm run figures -- [options]
  --preset NAME     how much to compute: laptop (default) or smoke
  --only 00,04      these notebooks, by the beginnings of their names (default: all)
  --from-executed   take the outputs that the notebooks hold instead of running them (seconds)
  --out FOLDER      default: out/figures in the project
  --timeout SECONDS longest time for one cell (default 3600)`;

const NOTEBOOKS = path.join(projectRoot, 'notebooks');

function readArguments(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        preset: { type: 'string' },
        only: { type: 'string' },
        'from-executed': { type: 'boolean', default: false },
        out: { type: 'string', default: path.join(projectRoot, 'out', 'figures') },
        timeout: { type: 'string', default: '3600' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const seconds = Number(values.timeout);
    if (!(seconds > 0)) throw new OptionError(`--timeout: expected seconds above 0, got '${values.timeout}'.`);
    if (values['from-executed'] && values.preset) {
      throw new OptionError('--preset: expected no --from-executed, which takes the notebooks as they were run.');
    }
    return { ...values, fromExecuted: values['from-executed'], timeoutMs: 1000 * seconds };
  } catch (error) {
    throw new OptionError(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

/** Names of the notebooks, without the ending. @throws OptionError when a beginning fits none */
function wanted(only: string | undefined): string[] {
  const names = fs
    .readdirSync(NOTEBOOKS)
    .filter((file) => file.endsWith('.ipynb'))
    .map((file) => path.basename(file, '.ipynb'))
    .sort();
  const beginnings = only?.split(',').map((part) => part.trim().replace(/\.ipynb$/, ''));
  const unknown = beginnings?.find((part) => part === '' || !names.some((name) => name.startsWith(part)));
  if (unknown !== undefined)
    throw new OptionError(`--only: expected beginnings of ${names.join(', ')}; got '${unknown}'.`);
  return beginnings ? names.filter((name) => beginnings.some((part) => name.startsWith(part))) : names;
}

async function main(): Promise<number> {
  const { preset = 'laptop', only, out, fromExecuted, timeoutMs, help } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const names = wanted(only);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (interrupt.signal.aborted ? process.exit(130) : interrupt.abort()));
  }
  fs.mkdirSync(out, { recursive: true });
  const failures: string[] = [];
  for (const [i, name] of names.entries()) {
    if (interrupt.signal.aborted) break;
    console.error(`${i + 1}/${names.length} ${name}${fromExecuted ? '' : `, preset ${preset}`}`);
    try {
      const file = path.join(NOTEBOOKS, `${name}.ipynb`);
      const executedAt = fromExecuted ? null : new Date().toISOString();
      let notebook = readNotebook(file);
      if (!fromExecuted) {
        const progress = new CellProgress(process.stderr);
        const run = await runNotebook(file, {
          ...{
            onCell: progress.onCell,
            timeoutMs,
            env: { MODULAB_PRESET: preset },
            signal: interrupt.signal,
            clean: true,
          },
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
      if (interrupt.signal.aborted) break;
      failures.push(name);
      console.error(error instanceof ModulabError ? error.message : error);
      console.error(`    ${name} failed; what was exported from it before is left as it was.`);
    }
  }
  const shown = writeIndex(out, NOTEBOOKS);
  console.log(`Wrote ${path.relative('', path.join(out, 'index.html'))} (${shown} notebooks)`);
  if (interrupt.signal.aborted) {
    console.error('Interrupted; notebooks that were done are in the index.');
    return 130;
  }
  if (failures.length > 0) console.error(`Failed: ${failures.join(', ')}`);
  return failures.length > 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof ModulabError ? error.message : error);
    process.exit(1);
  },
);
