/** Imports lead down the floors that CONTRIBUTING.md draws, and never in a circle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forbiddenImports, readFloors, roomOf } from './floors.js';
import { circles, importGraph } from './import-graph.js';
import { projectFiles, readProjectFile } from './project-files.js';

const sources = new Map(
  projectFiles(['lib', 'kernel-config', 'bench'], ['.ts', '.mjs', '.cjs'])
    .filter((file) => !file.endsWith('.d.ts'))
    .map((file) => [file, readProjectFile(file)]),
);
const contributing = readProjectFile('CONTRIBUTING.md');
const floors = readFloors(contributing);
const isTest = (file: string) => /\.(test|fixture)\.ts$/.test(file);
/** Without tests, which may use whatever they test a room with. */
const withoutTests = new Map([...sources].filter(([file]) => !isTest(file)));

test('no file imports itself by way of others, not even for a type', () => {
  assert.deepEqual(circles(importGraph(sources)), []);
});

test('every room uses the floors below it only', () => {
  assert.deepEqual(forbiddenImports(importGraph(withoutTests), floors), []);
});

test('every room of the table has files, and stands in the drawing', () => {
  const lived = new Set([...sources.keys()].map((file) => roomOf(file, floors)));
  assert.deepEqual(floors.flat().filter((room) => !lived.has(room)), []); // prettier-ignore
  const drawing = /```text\n([\s\S]*?)```/.exec(contributing)?.[1] ?? '';
  const words = new Set(drawing.split(/[\s│┌┐└┘─▼]+/));
  const names = floors.flat().map((room) => room.split('/').at(-1)!.replace(/\.ts$/, ''));
  assert.deepEqual(names.filter((name) => !words.has(name)), []); // prettier-ignore
});

test('a turned arrow is found', () => {
  const turned = new Map(withoutTests).set('lib/errors.ts', "import { display } from './plot/index.js';\n");
  assert.match(forbiddenImports(importGraph(turned), floors).join(), /lib\/errors\.ts → lib\/plot\/index\.ts: up/);
});

test('a method that uses another is found', () => {
  const text = `${sources.get('lib/patch/patch.ts')}\nimport type { Splitter } from '../../lib/split/splitter.js';\n`;
  const found = forbiddenImports(importGraph(new Map(withoutTests).set('lib/patch/patch.ts', text)), floors);
  assert.match(found.join(), /lib\/patch\/patch\.ts → lib\/split\/splitter\.ts: to a neighbour/);
});

test('circles are found, through types, re-exports and dynamic imports', () => {
  const graph = importGraph(
    new Map([
      ['a.ts', "import type { B } from './b.js';"],
      ['b.ts', "export * from './sub/c.js'; import 'node:fs';"],
      ['sub/c.ts', "const later = () => import('../a.js');"],
      ['d.ts', "import './a.js';"],
    ]),
  );
  assert.deepEqual(circles(graph), [['a.ts', 'b.ts', 'sub/c.ts']]);
});
