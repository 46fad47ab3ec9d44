/**
 * Runs notebooks without Jupyter and without Python.
 *   npm run notebook -- notebooks/00-quickstart.ipynb [--preset smoke]
 */
import path from 'node:path';
import { isClone } from '../../lib/run/installation/command-line.js';
import { CellProgress } from '../notebooks/cell-progress.js';
import { writeNotebook } from '../notebooks/notebook.js';
import { runNotebook } from '../notebooks/run-notebook.js';
import { projectRoot } from '../session/project-root.js';
import { type Action, millisecondsOf, runEntry, UsageError } from './run-command.js';
import { notebookEntry } from './table/tools.js';

/** modulab notebook, npm run notebook */
export const notebook: Action<typeof notebookEntry> = async ({ values, positionals: files }, interrupts) => {
  const inPlace = values['in-place'];
  const timeoutMs = millisecondsOf('timeout', values.timeout);
  if (files.length === 0) throw new UsageError('Expected a notebook, got none.');
  if (values.out !== undefined && (inPlace || files.length > 1)) {
    throw new UsageError('--out: expected one input and no --in-place.');
  }
  const signal = interrupts.heed();
  for (const file of files) {
    const outFile = values.out ?? path.join(isClone() ? projectRoot : '', 'out', path.basename(file));
    const run = await runNotebook(file, {
      outFile: inPlace ? undefined : outFile,
      onCell: new CellProgress(process.stderr).onCell,
      timeoutMs,
      env: values.preset ? { MODULAB_PRESET: values.preset } : {},
      signal,
      clean: values.clean,
    });
    if (inPlace && run.ok) {
      const seconds = Math.round(run.cells.reduce((sum, { ms }) => sum + ms, 0) / 1000);
      writeNotebook(file, { ...run.notebook, metadata: { ...run.notebook.metadata, modulab: { seconds } } });
    }
    if (run.failure) {
      console.error(run.failure);
      if (inPlace) console.error(`${file} was left as it was.`);
      return false;
    }
    console.log(`Wrote ${path.relative('', inPlace ? file : outFile)}`);
  }
  return true;
};

if (require.main === module) runEntry(notebookEntry, notebook);
