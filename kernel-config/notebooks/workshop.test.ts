import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ONLY_THOROUGH } from '../../lib/run/thorough.fixture.js';
import { projectRoot } from '../session/project-root.js';
import { KernelLanes } from './kernel-lanes.fixture.js';
import { joinText, type Notebook, readNotebook, writeNotebook } from './notebook.js';
import { runNotebook } from './run-notebook.js';
import { checkedExercises, checkOutcomes, participantNotebook, rehearsal } from './workshop-notebook.js';

const folder = path.join(projectRoot, 'notebooks', 'workshop');
const parts = fs.readdirSync(path.join(folder, 'solutions')).filter((name) => name.endsWith('.ipynb'));

const code = (source: string, tags: string[] = []): Notebook['cells'][number] => ({
  cell_type: 'code',
  metadata: tags.length > 0 ? { tags } : {},
  source,
  execution_count: 3,
  outputs: [{ output_type: 'stream', name: 'stdout', text: '1' }],
});
const notebookOf = (...cells: Notebook['cells']): Notebook => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });

test('a participant’s notebook has no solutions, no outputs and no cells for teachers', () => {
  const solutions = notebookOf(
    code(
      'const a = 1;\n// solution:begin\nconst b = 2;\n// solution:instead\n// const b = null; // your code\n// // a remark\n// solution:end\nb;',
    ),
    code('secret', ['solution-only']),
    { cell_type: 'markdown', metadata: {}, source: ['text'] },
  );
  const { cells } = participantNotebook(solutions);
  assert.equal(cells.length, 2);
  assert.equal(joinText(cells[0].source), 'const a = 1;\nconst b = null; // your code\n// a remark\nb;');
  assert.deepEqual([cells[0].execution_count, cells[0].outputs], [null, []]);
  for (const broken of ['// solution:begin', '// solution:end', '// solution:instead\n// solution:end']) {
    assert.throws(() => participantNotebook(notebookOf(code(broken))), /solution:/);
  }
});

/** These marks for every exercise; a part has at least seven. */
function allWith(solutions: Notebook, marks: readonly string[]): Record<string, readonly string[]> {
  const exercises = checkedExercises(solutions);
  assert.ok(exercises.length >= 7);
  return Object.fromEntries(exercises.map((id) => [id, marks]));
}

test('there are three parts', () => assert.equal(parts.length, 3));

const lanes = new KernelLanes(folder);
after(() => lanes.close());

for (const name of parts) {
  const file = path.join(folder, name);
  const solutions = readNotebook(path.join(folder, 'solutions', name));

  test(`workshop/${name} is what its solutions say (npm run workshop -- build)`, () => {
    const { cells } = participantNotebook(solutions);
    const text = (notebook: Pick<Notebook, 'cells'>) =>
      notebook.cells.map(({ cell_type, id, source }) => ({ cell_type, id, source: joinText(source) }));
    const committed = readNotebook(file);
    assert.deepEqual(text(committed), text({ cells }));
    for (const cell of committed.cells) if (cell.cell_type === 'code') assert.deepEqual(cell.outputs, []);
    assert.doesNotMatch(JSON.stringify(committed), /solution:(begin|end|instead)/);
  });

  test(`workshop/solutions/${name} was committed with every check passed`, () => {
    assert.deepEqual(checkOutcomes(solutions), allWith(solutions, ['✓']));
  });

  test(
    `workshop/${name}: unsolved, it runs to its end with no check passed; solved, all are`,
    { timeout: 20 * 60_000, skip: ONLY_THOROUGH },
    async (t) => {
      const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-workshop-'));
      t.after(() => fs.rmSync(scratch, { recursive: true, force: true }));
      const both = path.join(scratch, name);
      writeNotebook(both, rehearsal(solutions));
      const env = { MODULAB_PRESET: 'smoke', MODULAB_DATA: undefined, MODULAB_MODELS: undefined };
      const run = await lanes.use((kernel) => runNotebook(both, { kernel, timeoutMs: 10 * 60_000, env }));
      assert.equal(run.failure, null);
      assert.deepEqual(checkOutcomes(run.notebook), allWith(solutions, ['…', '✓']));
      const stderr = run.notebook.cells.flatMap(({ outputs = [] }) =>
        outputs.filter((o) => o.output_type === 'stream' && o.name === 'stderr'),
      );
      assert.deepEqual(stderr, []);
      t.diagnostic(
        `${Math.round(run.cells.reduce((sum, cell) => sum + cell.ms, 0) / 1000)} s in ${run.cells.length} cells`,
      );
    },
  );
}
