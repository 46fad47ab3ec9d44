/**
 * Runs notebooks without Jupyter and without Python.
 *   npm run notebook -- notebooks/00-quickstart.ipynb [--preset smoke]
 */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ModulabError, OptionError } from '../../lib/errors.js';
import { CellProgress } from '../notebooks/cell-progress.js';
import { writeNotebook } from '../notebooks/notebook.js';
import { projectRoot } from '../session/project-root.js';
import { runNotebook } from '../notebooks/run-notebook.js';

const USAGE = `Usage: npm run notebook -- FILE.ipynb … [options]
  --out FILE        write the executed notebook there (one input only; default: out/NAME.ipynb)
  --in-place        write it over the input, when every cell has succeeded
  --clean           leave out times of execution and folders of this machine (for notebooks to be committed)
  --preset NAME     how much to compute: smoke, laptop, or what else the notebook knows
  --timeout SECONDS longest time for one cell (default 3600)`;

function readArguments(args: string[]) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        'in-place': { type: 'boolean' },
        clean: { type: 'boolean' },
        preset: { type: 'string' },
        timeout: { type: 'string', default: '3600' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new OptionError(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
  const { values, positionals: files } = parsed;
  const seconds = Number(values.timeout);
  if (!(seconds > 0)) throw new OptionError(`--timeout: expected seconds above 0, got '${values.timeout}'.`);
  if (values.out !== undefined && (values['in-place'] || files.length > 1)) {
    throw new OptionError('--out: expected one input and no --in-place.');
  }
  return { ...values, timeoutMs: seconds * 1000, files };
}

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  if (given.help || given.files.length === 0) {
    console.log(USAGE);
    return given.help ? 0 : 1;
  }
  const interrupt = new AbortController();
  let interrupted = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(interrupted);
      interrupted = 128 + os.constants.signals[signal]; // as a shell would report it
      interrupt.abort();
    });
  }
  for (const file of given.files) {
    const outFile = given.out ?? path.join(projectRoot, 'out', path.basename(file));
    const progress = new CellProgress(process.stderr);
    const run = await runNotebook(file, {
      outFile: given['in-place'] ? undefined : outFile,
      onCell: progress.onCell,
      timeoutMs: given.timeoutMs,
      env: given.preset ? { MODULAB_PRESET: given.preset } : {},
      signal: interrupt.signal,
      clean: given.clean,
    });
    if (given['in-place'] && run.ok) {
      const seconds = Math.round(run.cells.reduce((sum, { ms }) => sum + ms, 0) / 1000);
      writeNotebook(file, { ...run.notebook, metadata: { ...run.notebook.metadata, modulab: { seconds } } });
    }
    if (run.failure) {
      console.error(run.failure);
      if (given['in-place']) console.error(`${file} was left as it was.`);
      return interrupted || 1;
    }
    console.log(`Wrote ${path.relative('', given['in-place'] ? file : outFile)}`);
  }
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof ModulabError ? error.message : error);
    process.exit(1);
  },
);
