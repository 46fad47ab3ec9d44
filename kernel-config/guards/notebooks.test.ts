/** How notebooks begin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectFiles, readProjectFile } from './project-files.js';

test('every notebook starts with notebook(), and sets nothing up besides', () => {
  const files = projectFiles(['notebooks'], ['.ipynb']);
  assert.ok(files.length >= 14);
  const wrong = files.flatMap((file) => {
    const { cells } = JSON.parse(readProjectFile(file)) as {
      cells: { cell_type: string; source: string | string[] }[];
    };
    const code = cells.filter(({ cell_type }) => cell_type === 'code').map(({ source }) => [source].flat().join(''));
    const starts = /= await notebook\(/.test(code[0] ?? '');
    const besides = /\b(openBackend|showProgress|presetFromEnvironment|seedFromEnvironment)\b/.exec(code.join('\n'));
    return [starts ? [] : [`${file}: no notebook()`], besides ? [`${file}: ${besides[0]}`] : []].flat();
  });
  assert.deepEqual(wrong, []);
});
