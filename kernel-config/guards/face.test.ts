/** What 'modulab' exports: few names, and each name one thing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { readFace } from './face.fixture.js';
import { importGraph } from './import-graph.js';
import { projectFiles, readProjectFile } from './project-files.js';

const MOST_NAMES = 150;
const { checker, flat, namespaces } = readFace();
const figures = namespaces.get('plot')!;
/** Without TensorFlow.js and without figures, which are named after what they show. */
const others = [...namespaces].filter(([name]) => name !== 'tf' && name !== 'plot');
const everything = new Map([...others.flatMap(([, names]) => [...names]), ...flat]);

test(`'modulab' exports at most ${MOST_NAMES} names`, () => {
  assert.ok(flat.size > 50 && flat.size <= MOST_NAMES, `${flat.size} names`);
});

test('every name stands in lib/index.ts, where the prompt reads them', () => {
  assert.doesNotMatch(readProjectFile('lib/index.ts'), /export \* from/);
});

test('a name means the same wherever it is exported', () => {
  const meanings = new Map([...flat].map(([name, symbol]) => [name, { where: 'modulab', symbol }]));
  const twice: string[] = [];
  for (const [namespace, names] of others) {
    for (const [name, symbol] of names) {
      const known = meanings.get(name);
      if (known && known.symbol !== symbol) twice.push(`${name}: in ${known.where} and in ${namespace}`);
      meanings.set(name, known ?? { where: namespace, symbol });
    }
  }
  assert.ok(meanings.size > 400);
  assert.deepEqual(twice, []);
});

test('plot.NAME is the figure of what NAME() returns', () => {
  const calls = ['diagnose', 'evaluate', 'fit', 'split', 'simplify', 'treat', 'causalCheck', 'stress', 'probe'];
  calls.push('reliability', 'layerSensitivity', 'splitFront', 'compareSplitters', 'compareArms', 'patchExperiment');
  assert.deepEqual(calls.filter((name) => !figures.has(name)), []); // prettier-ignore
  const callOf = (symbol: ts.Symbol) => checker.getTypeOfSymbol(symbol).getCallSignatures()[0];
  const wrong: string[] = [];
  const compared: string[] = [];
  for (const [name, symbol] of everything) {
    const figure = figures.get(name);
    if (!figure || figure === symbol || !callOf(symbol) || !callOf(figure)) continue;
    compared.push(name);
    const result = checker.getAwaitedType(callOf(symbol).getReturnType())!;
    const [first] = callOf(figure).getParameters();
    // split() returns what its method does: every splitter's result has a kind of its own
    if (name !== 'split' && !checker.isTypeAssignableTo(result, checker.getTypeOfSymbol(first))) wrong.push(name);
  }
  assert.ok(compared.length > 15, compared.join(', '));
  assert.deepEqual(wrong, []);
});

test('types of plot are no other types of the same name', () => {
  const isType = (symbol: ts.Symbol) => !(symbol.flags & ts.SymbolFlags.Value);
  const clashes = [...figures].filter(
    ([name, symbol]) => isType(symbol) && everything.has(name) && everything.get(name) !== symbol,
  );
  assert.deepEqual(clashes.map(([name]) => name), []); // prettier-ignore
});

test('every room with a face has an index, which nothing inside the library imports', () => {
  const sources = new Map(projectFiles(['lib'], ['.ts']).map((name) => [name, readProjectFile(name)]));
  const faces = [...sources.keys()].filter((name) => /^lib\/[a-z]+\/index\.ts$/.test(name));
  assert.ok(faces.length >= 15, `${faces.length} rooms`);
  const gathering = /^lib\/(index|decompose)\.ts$|\.(test|fixture)\.ts$/;
  const through = [...importGraph(sources)].flatMap(([from, targets]) =>
    gathering.test(from)
      ? []
      : targets.filter((target) => faces.includes(target)).map((target) => `${from} → ${target}`),
  );
  assert.deepEqual(through, []);
});
