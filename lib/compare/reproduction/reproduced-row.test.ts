import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { DataError, OptionError } from '../../errors.js';
import { reproducedRow, reproducedRows } from './reproduced-row.js';
import { writeResult } from './row-result.js';

const NAME = 'cnnsplitter-modules-rescnn-quarter';

test('the rows that come with the project are read with their paper, their words and their findings', () => {
  const rows = reproducedRows();
  assert.ok(rows.length >= 12, `${rows.length} rows`);
  const own = reproducedRow(NAME);
  assert.deepEqual(own, rows.find(({ row }) => row === NAME)); // prettier-ignore
  assert.equal(own.paperTitle, 'CNNSplitter (ASE 2022)');
  assert.match(own.measured, /test images/);
  assert.ok(own.findings.some(({ published, test }) => published !== null && test?.verdict === 'shown'));
  const papers = reproducedRows({ paper: 'gradsplitter' }).map(({ paper }) => paper);
  assert.ok(papers.length > 0 && papers.every((paper) => paper === 'gradsplitter'));
});

test('another folder has its own rows, and what is missing or damaged is named', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-rows-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  assert.deepEqual(reproducedRows({ folder }), []);
  assert.throws(() => reproducedRow(NAME, { folder }), /not computed .*npm run reproduce.*there are none/);
  assert.throws(() => reproducedRow('no-such-row'), OptionError);
  assert.throws(() => reproducedRows({ paper: 'unknown' as never }), /paper: expected one of networks/);
  const words = { paper: 'cnnsplitter', title: 'A title', measured: 'On images.' } as const;
  const result = {
    kind: 'reproductionResult',
    row: NAME,
    scale: 'smoke',
    seeds: [7],
    settings: 'older',
    ...words,
  } as const;
  writeResult(folder, { ...result, madeBy: { modulab: '0', backend: 'cpu' }, inputs: {}, findings: [], parts: [] });
  assert.deepEqual(reproducedRow(NAME, { folder, scale: 'smoke' }).seeds, [7]);
  fs.writeFileSync(path.join(folder, `${NAME}.smoke.json`), '{');
  assert.throws(() => reproducedRows({ folder, scale: 'smoke' }), DataError);
});
