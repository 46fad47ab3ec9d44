import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { DataError } from '../../lib/errors.js';
import { readNotebook } from './notebook.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'modulab-notebook-'));
after(() => rmSync(folder, { recursive: true }));

const read = (cell: unknown): unknown => {
  const file = path.join(folder, 'x.ipynb');
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }));
  return readNotebook(file);
};
const code = (more: object): object => ({ cell_type: 'code', metadata: {}, source: ['1 + 1'], outputs: [], ...more });

test('cells and outputs as Jupyter writes them', () => {
  const display = {
    output_type: 'display_data',
    metadata: {},
    data: { 'text/plain': ['a'], 'application/json': { a: 1 } },
  };
  const error = { output_type: 'error', ename: 'E', evalue: '', traceback: ['a'] };
  const outputs = [{ output_type: 'stream', name: 'stdout', text: 'a' }, display, { ...display, output_type: 'execute_result' }, error]; // prettier-ignore
  read(code({ outputs }));
  read({ cell_type: 'markdown', metadata: {}, source: '' });
});

test('a damaged cell is named, with what is wrong in it', () => {
  const wrong: [unknown, RegExp][] = [
    [null, /x\.ipynb, cell 1: expected an object/],
    [code({ cell_type: 'video' }), /cell 1: expected cell_type .* got "video"/],
    [code({ source: 7 }), /expected source/],
    [code({ source: ['a', null] }), /expected source/],
    [code({ metadata: [] }), /expected metadata/],
    [code({ outputs: {} }), /expected outputs/],
    [code({ outputs: [{ output_type: 'stream', text: {} }] }), /expected an output of type stream/],
    [code({ outputs: [{ output_type: 'error', traceback: 'a' }] }), /expected an output of type error/],
    [code({ outputs: [{ output_type: 'error', ename: 'E', evalue: 3, traceback: [] }] }), /an output of type error/],
    [code({ outputs: [{ output_type: 'display_data', data: { 'text/html': 3 } }] }), /an output of type display_data/],
    [code({ outputs: [{ output_type: 'other' }] }), /expected an output of type other/],
  ];
  for (const [cell, message] of wrong) {
    assert.throws(() => read(cell), (e) => e instanceof DataError && message.test(e.message), String(message)); // prettier-ignore
  }
});
