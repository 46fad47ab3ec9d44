import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pageSections } from '../../../kernel-config/guards/paper-references.js';
import { OptionError } from '../../errors.js';
import { projectFolder } from '../../run/project-folder.js';
import { PAPER_TABLES } from './paper-tables.js';
import { REPRODUCTION_ROWS, reproductionRowById } from './registry.js';
import { SCALES } from './scale.js';

test('names are unique and good for files, networks are rows, settings are plain data', () => {
  const ids = REPRODUCTION_ROWS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const row of REPRODUCTION_ROWS) {
    assert.match(row.id, /^[a-z0-9-]+$/);
    assert.ok(Object.keys(row.sizes).length > 0, row.id);
    for (const scale of SCALES) {
      const size = row.sizes[scale];
      if (!size) continue;
      assert.deepEqual(JSON.parse(JSON.stringify(size)), size, `${row.id} at ${scale}`);
      const parts = row.parts(size.settings, size.seeds);
      assert.deepEqual(JSON.parse(JSON.stringify(parts)), parts, `${row.id} at ${scale}`);
      assert.equal(new Set(parts.map(({ key }) => key)).size, parts.length, row.id);
      for (const id of row.networks) {
        const network = reproductionRowById(id);
        assert.equal(network.paper, 'networks');
        assert.ok(network.sizes[scale], `${row.id} needs ${id} at ${scale}`);
      }
    }
  }
  assert.throws(() => reproductionRowById('table-1'), OptionError);
});

test('every row is a table of a paper, and every table names a section that there is', () => {
  const named = PAPER_TABLES.flatMap(({ rows }) => rows);
  const rows = REPRODUCTION_ROWS.filter(({ paper }) => paper !== 'networks').map(({ id }) => id);
  assert.deepEqual([...named].sort(), [...rows].sort());
  for (const { section, rows: own, without } of PAPER_TABLES) {
    const [, page, number] = /^spec ([a-z-]+) §([\d.]+)$/.exec(section)!;
    const file = path.join(projectFolder(), 'notebooks', 'papers', `${page}.md`);
    assert.ok(pageSections(fs.readFileSync(file, 'utf8')).has(number), section);
    assert.equal(own.length === 0, without !== '', section);
  }
});
