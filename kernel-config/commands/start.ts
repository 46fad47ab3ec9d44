/**
 * What `npm start` does once everything is installed: runs the quickstart notebook, prints what patching did to every
 * class, writes the executed notebook and a report, and says how to go on.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ModulabError } from '../../lib/errors.js';
import { notebookToHtml } from '../../lib/plot/figure/html-report.js';
import { writeFileAtomically } from '../../lib/run/write-file.js';
import { KERNEL_DISPLAY_NAME } from '../kernel/kernel-spec.js';
import { findJupyter, offerJupyter } from '../kernel/open-jupyter.js';
import { CellProgress } from '../notebooks/cell-progress.js';
import { type QuickstartResult, quickstartSummary } from '../notebooks/quickstart-summary.js';
import { runNotebook } from '../notebooks/run-notebook.js';
import { projectRoot } from '../session/project-root.js';
import { requireNothing, runCommand } from './run-command.js';

const NAME = '00-quickstart';

const notebook = path.join(projectRoot, 'notebooks', `${NAME}.ipynb`);
const outputFolder = path.join(projectRoot, 'out');
const resultFile = path.join(outputFolder, 'quickstart.json');
const relative = (file: string) => path.relative(process.cwd(), file);

async function runQuickstart(signal: AbortSignal): Promise<boolean> {
  const outFile = path.join(outputFolder, `${NAME}.ipynb`);
  const reportFile = path.join(outputFolder, `${NAME}.html`);
  makeOutputFolder();

  console.log(`Running ${relative(notebook)} …`);
  const run = await runNotebook(notebook, {
    outFile,
    onCell: new CellProgress(process.stderr).onCell,
    env: { MODULAB_RESULT: resultFile },
    signal,
  });
  writeFileAtomically(reportFile, await notebookToHtml(run.notebook));
  if (run.failure) {
    console.error(`\n${run.failure}\n\nWhat was finished: ${relative(outFile)}, ${relative(reportFile)}`);
    return false;
  }
  printResult();
  console.log(`\nExecuted notebook  ${relative(outFile)}\nReport (browser)   ${relative(reportFile)}`);
  return true;
}

function makeOutputFolder(): void {
  try {
    fs.mkdirSync(outputFolder, { recursive: true });
    fs.accessSync(outputFolder, fs.constants.W_OK);
    fs.rmSync(resultFile, { force: true }); // an earlier run's figures must not pass for this one's
  } catch (cause) {
    throw new ModulabError(
      `${outputFolder} cannot be written to (${(cause as Error).message}). The executed notebook and the report go there: ` +
        'get write access to that folder, or copy the project to a folder of your own.',
      { cause },
    );
  }
}

function printResult(): void {
  if (!fs.existsSync(resultFile)) {
    throw new ModulabError(`${relative(notebook)} has run, but has not written its result to ${relative(resultFile)}.`);
  }
  console.log(`\n${quickstartSummary(JSON.parse(fs.readFileSync(resultFile, 'utf8')) as QuickstartResult)}`);
}

function printHowToOpen(jupyter: string | null): void {
  // Not needed where the kernel is registered; not the syntax of Windows' shells.
  const searchPath = process.platform === 'win32' ? '' : 'JUPYTER_PATH="$(npm run -s kernel -- path)" ';
  console.log(`
To work in the notebooks (folder notebooks/):
  VS Code   open the project's folder, install the extension "Jupyter", open a notebook, choose the kernel
            "${KERNEL_DISPLAY_NAME}" (npm run kernel -- install registers it)
  Jupyter   ${
    jupyter
      ? `${searchPath}${path.parse(jupyter).name} notebooks/${NAME}.ipynb`
      : 'is not installed. Debian: apt install jupyter-notebook; any system: pip install notebook. Then npm start again'
  }
  neither   npm run notebook -- notebooks/${NAME}.ipynb`);
}

runCommand({
  usage: `Usage: npm start
  Installs and builds what is missing, runs the quickstart notebook, writes the executed notebook and a report to out/,
  and offers to open Jupyter where there is one.`,
  options: {},
  async run({ positionals }, interrupts) {
    requireNothing(positionals);
    if (!fs.existsSync(notebook)) throw new ModulabError(`${notebook}: expected the quickstart notebook, got no file.`);
    const ran = await runQuickstart(interrupts.heed());
    interrupts.ignore();
    if (!ran) return false;
    const jupyter = findJupyter();
    printHowToOpen(jupyter);
    if (jupyter && process.stdin.isTTY && process.stdout.isTTY) await offerJupyter(jupyter, notebook);
    return true;
  },
});
