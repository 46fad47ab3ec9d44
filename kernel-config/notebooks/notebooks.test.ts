import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { ONLY_THOROUGH, THOROUGH } from '../../lib/run/thorough.fixture.js';
import { projectRoot } from '../session/project-root.js';
import { cellTypeErrors } from './cell-types.fixture.js';
import { KernelLanes } from './kernel-lanes.fixture.js';
import { bundleOf, type CellOutput, joinText, readNotebook } from './notebook.js';
import { runNotebook } from './run-notebook.js';

const folder = path.join(projectRoot, 'notebooks');
const notebooks = (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }) : [])
  .map(String)
  .filter((file) => file.endsWith('.ipynb') && !file.includes('.ipynb_checkpoints'))
  // What participants get is committed unexecuted.
  .filter((file) => path.dirname(file) !== 'workshop')
  .sort();

/** The way through all, and cutting layer by layer: what the others call has tests of its own in the library. */
const ALWAYS_RUN = /^(00|09)-/;
const CELL_TIMEOUT_MS = 10 * 60_000;
const PLOTLY = 'application/vnd.plotly.v1+json';
const KERNELSPEC = { name: 'modulab', display_name: 'TypeScript (modulab)', language: 'typescript' };

/** What an output says, without pictures: among the letters of base64 any short path comes up by chance. */
const textOf = (output: CellOutput): string =>
  output.output_type === 'stream'
    ? joinText(output.text)
    : JSON.stringify(output, (key, value: unknown) => (key === 'image/png' ? undefined : value)).replaceAll(
        /base64,[\w+/=]+/g,
        'base64,',
      );

const outputsOf = (cells: { outputs?: CellOutput[] }[]): CellOutput[] => cells.flatMap((cell) => cell.outputs ?? []);

/** Folders of this machine that no committed or reproducible output may name. */
const machinePaths = [projectRoot, fs.realpathSync(projectRoot), os.homedir(), os.tmpdir()].filter((p) => p.length > 2);

// Two at a time: each spends a part of its time waiting. The two that always run share a kernel instead, whose start and first look at
// the library cost more than either. `.ci/run` runs each in a kernel of its own, on photographs.
describe('run at preset smoke on the synthetic images', { concurrency: THOROUGH ? 2 : 1 }, () => {
  const lanes = new KernelLanes(folder);
  after(() => lanes.close());
  for (const name of notebooks) {
    const elsewhere = name.startsWith('workshop') && 'workshop.test.ts runs it';
    const skip = elsewhere || (!ALWAYS_RUN.test(name) && ONLY_THOROUGH);
    test(name, { timeout: 30 * 60_000, skip }, async (t) => {
      const outputFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-notebooks-'));
      t.after(() => fs.rmSync(outputFolder, { recursive: true, force: true }));
      const env = {
        MODULAB_PRESET: 'smoke',
        MODULAB_DATA: undefined,
        MODULAB_MODELS: undefined,
        MODULAB_RESULT: path.join(outputFolder, 'result.json'),
      };
      const run = await lanes.use((kernel) =>
        runNotebook(path.join(folder, name), { kernel, timeoutMs: CELL_TIMEOUT_MS, env }),
      );
      assert.equal(run.failure, null);
      const outputs = outputsOf(run.notebook.cells);
      const stderr = outputs.filter((o) => o.output_type === 'stream' && o.name === 'stderr').map(textOf);
      assert.deepEqual(stderr, [], 'nothing may be written to stderr');
      for (const machinePath of machinePaths) {
        const naming = outputs.filter((output) => textOf(output).includes(machinePath));
        assert.deepEqual(naming.map(textOf), [], `an output names ${machinePath}`);
      }
      const figures = outputs.map((o) => bundleOf(o) ?? {}).filter((data) => PLOTLY in data);
      const draws = run.notebook.cells.some((c) => c.cell_type === 'code' && /\bplot\./.test(joinText(c.source)));
      if (draws) assert.notEqual(figures.length, 0, 'no figure was shown');
      for (const figure of figures) {
        const png = Buffer.from(String(figure['image/png']), 'base64');
        assert.equal(png.subarray(1, 4).toString(), 'PNG', 'a figure has no picture for viewers without Plotly');
      }
      t.diagnostic(
        `${Math.round(run.cells.reduce((sum, cell) => sum + cell.ms, 0) / 1000)} s in ${run.cells.length} cells`,
      );
    });
  }
});

for (const name of notebooks) {
  const file = path.join(folder, name);

  const runs = ALWAYS_RUN.test(name) || THOROUGH ? 'it is run' : false;
  test(`${name} passes the type checker`, { skip: runs }, () => {
    assert.deepEqual(cellTypeErrors(readNotebook(file)), []);
  });

  test(`${name} is committed executed, with at least one picture`, () => {
    const codeCells = readNotebook(file).cells.filter((cell) => cell.cell_type === 'code');
    for (const cell of codeCells) {
      assert.equal(typeof cell.execution_count, 'number', `not executed: ${joinText(cell.source).slice(0, 80)}`);
    }
    const pictures = outputsOf(codeCells).filter((o) => 'image/png' in (bundleOf(o) ?? {}));
    assert.notEqual(pictures.length, 0, 'no output has a PNG');
  });

  test(`${name} is committed for our kernel, without paths of a machine and without errors`, () => {
    const { cells, metadata } = readNotebook(file);
    assert.deepEqual(metadata.kernelspec, KERNELSPEC);
    for (const output of outputsOf(cells)) {
      assert.doesNotMatch(
        textOf(output),
        /(^|[\s"'(])\/(home|root|tmp|Users)\//,
        'an output names a folder of a machine',
      );
      assert.ok(!(output.output_type === 'stream' && output.name === 'stderr'), `stderr: ${textOf(output)}`);
    }
  });
}

test('there are notebooks', () => assert.notEqual(notebooks.length, 0));
