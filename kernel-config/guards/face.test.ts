/** What 'modulab' exports: few names, and each name one thing. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { projectRoot } from '../session/project-root.js';
import { importGraph } from './import-graph.js';
import { projectFiles, readProjectFile } from './project-files.js';
import { projectOptions } from './type-errors.fixture.js';

const MOST_NAMES = 150;
/** Namespaces whose names are not compared: TensorFlow.js, and figures, which are named after what they show. */
const OF_THEIR_OWN = ['tf', 'plot'];

const file = path.join(projectRoot, 'lib/index.ts');
const program = ts.createProgram([file], projectOptions(projectRoot));
const checker = program.getTypeChecker();
const resolved = (symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const exportsOf = (module: ts.Symbol) =>
  new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolved(symbol)]));

const flat = exportsOf(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
const namespaces = [...flat].filter(([, symbol]) => symbol.flags & ts.SymbolFlags.ValueModule);

test(`'modulab' exports at most ${MOST_NAMES} names`, () => {
  assert.ok(flat.size > 50 && flat.size <= MOST_NAMES, `${flat.size} names`);
});

test('a name means the same wherever it is exported', () => {
  const meanings = new Map([...flat].map(([name, symbol]) => [name, { where: 'modulab', symbol }]));
  const twice: string[] = [];
  for (const [namespace, module] of namespaces.filter(([name]) => !OF_THEIR_OWN.includes(name))) {
    for (const [name, symbol] of exportsOf(module)) {
      const known = meanings.get(name);
      if (known && known.symbol !== symbol) twice.push(`${name}: in ${known.where} and in ${namespace}`);
      meanings.set(name, known ?? { where: namespace, symbol });
    }
  }
  assert.ok(meanings.size > 400);
  assert.deepEqual(twice, []);
});

test('types of plot are no other types of the same name', () => {
  const figures = exportsOf(flat.get('plot')!);
  const others = new Map(
    namespaces
      .filter(([name]) => !OF_THEIR_OWN.includes(name))
      .flatMap(([, module]) => [...exportsOf(module)])
      .concat([...flat]),
  );
  const isType = (symbol: ts.Symbol) => !(symbol.flags & ts.SymbolFlags.Value);
  const clashes = [...figures].filter(
    ([name, symbol]) => isType(symbol) && others.has(name) && others.get(name) !== symbol,
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
