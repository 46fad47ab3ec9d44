/**
 * The examples of the docstrings: every public function has one, they compile, and those that need no files run: at `npm test -- --all`,
 * since what they call has tests of its own, and the compiler says already whether they can be called so.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { ONLY_THOROUGH } from '../../lib/run/thorough.fixture.js';
import { projectRoot } from '../session/project-root.js';
import { readFace } from './face.fixture.js';
import { projectFiles, readProjectFile } from './project-files.js';
import { projectOptions, typeErrors } from './type-errors.fixture.js';

/** What an example may use besides what it makes itself: as README.md calls it. */
const GIVEN = `
import { loadDataset, models, openBackend, split, splitTrainValidation } from 'modulab';
await openBackend({ quiet: true });
export const data = await loadDataset('synthetic', { trainPerClass: 14, testPerClass: 3, seed: 1 });
export const { train, validation } = splitTrainValidation(data.train, { fraction: 0.5 });
export const { test } = data;
export const strong = models.weakSimCnnCifar({ width: 1 / 8, seed: 1 });
export const weak = models.weakSimCnnCifar({ width: 1 / 8, seed: 2 });
export const { modules } = await split(strong, validation, { preset: 'smoke', generations: 0, keep: 0.5, seed: 1 });
`;
const GIVEN_NAMES = [...GIVEN.matchAll(/export const (?:\{([^}]*)\}|(\w+))/g)].flatMap(([, several, one]) =>
  (several ?? one).split(',').map((name) => name.trim()),
);

/** Calls that want a file, a folder or a person. */
const NEEDS_MORE =
  /\b(loadModel|imageArrays|imageFolder|imageFolderSource|readSafetensors|readNpz|readDecisions|decisions|byEye|gallery|sourceBatches)\(|loadModule\('/;
const MAKES_ITS_FILES = /\bsaveModel\(/;

interface Example {
  /** File and line of the docstring. */
  readonly place: string;
  readonly code: string;
}

/** The code behind every `@example` of a source file. */
function examplesOf(file: string, source: string): Example[] {
  return [...source.matchAll(/\/\*\*(?:[^*]|\*(?!\/))*\*\//g)].flatMap(({ 0: comment, index }) => {
    const line = source.slice(0, index).split('\n').length;
    const text = comment.slice(3, -2).replace(/^ *\* ?/gm, '');
    return text
      .split(/^(?=@[a-z])/m)
      .filter((tag) => tag.startsWith('@example'))
      .map((tag) => ({ place: `${file}:${line}`, code: tag.slice('@example'.length).trim() }));
  });
}

const examples = projectFiles(['lib'], ['.ts'])
  .filter((file) => !/\.(test|fixture)\.ts$/.test(file))
  .flatMap((file) => examplesOf(file, readProjectFile(file)));
const { flat, namespaces } = readFace();
const behindNamespaces = new Set([...namespaces.values()].flatMap((names) => [...names.keys()]));

const fileOf = (place: string) => place.slice(0, place.lastIndexOf(':'));
const ownExports = (place: string) =>
  new Set(
    [...readProjectFile(fileOf(place)).matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)].map(
      ([, name]) => name,
    ),
  );

/**
 * An example as a module: what it uses and does not declare itself is imported, from 'modulab' or, where it is for those who work on the
 * library, from its own file.
 */
function programOf({ place, code }: Example): string {
  const source = ts.createSourceFile('example.mts', code, ts.ScriptTarget.ES2022, true);
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const names =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node) ||
        (ts.isBindingElement(parent) && parent.propertyName === node);
      if (!names) used.add(node.text);
      const binds = ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isParameter(parent);
      if ((binds && parent.name === node) || ts.isImportSpecifier(parent)) declared.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const missing = [...used].filter((name) => !declared.has(name));
  const given = missing.filter((name) => GIVEN_NAMES.includes(name));
  const library = missing.filter((name) => flat.has(name) && !given.includes(name));
  const own = missing.filter((name) => ownExports(place).has(name) && !flat.has(name) && !behindNamespaces.has(name));
  const imports = [
    library.length > 0 ? `import { ${library.join(', ')} } from 'modulab';` : '',
    given.length > 0 ? `import { ${given.join(', ')} } from './given.mjs';` : '',
    own.length > 0 ? `import { ${own.join(', ')} } from 'modulab/dist/${fileOf(place).replace(/ts$/, 'js')}';` : '',
  ];
  return `${imports.join(' ')}\n${code}\nexport {};\n`;
}

test('every public function has an example', () => {
  const without = [...flat]
    .filter(([, symbol]) => symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable))
    .filter(([name, symbol]) => /^[a-z]/.test(name) && !symbol.getJsDocTags().some((tag) => tag.name === 'example'));
  assert.deepEqual(without.map(([name]) => name), []); // prettier-ignore
});

test('all examples pass the type checker', () => {
  assert.ok(examples.length > 60, `${examples.length} examples`);
  const files = new Map(
    examples.map((one) => [path.join(projectRoot, `${one.place.replaceAll('/', '∕')}.mts`), programOf(one)]),
  );
  files.set(path.join(projectRoot, 'given.mts'), GIVEN);
  assert.deepEqual(typeErrors(files, { ...projectOptions(projectRoot), noUnusedLocals: false }), []);
});

test('the examples that need no files run', { timeout: 10 * 60_000, skip: ONLY_THOROUGH }, (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-examples-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.symlinkSync(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  const write = (name: string, code: string) => {
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
    fs.writeFileSync(path.join(folder, name), ts.transpileModule(code, { compilerOptions }).outputText);
  };
  write('given.mjs', GIVEN);
  const running = examples.filter(({ code }) => !NEEDS_MORE.test(code) || MAKES_ITS_FILES.test(code));
  const imports = running.map((one, i) => {
    write(`example-${i}.mjs`, programOf(one));
    return `console.error('EXAMPLE ${one.place}');\nawait import('./example-${i}.mjs');\nconsole.error('TIME', performance.now());`;
  });
  write('run.mjs', imports.join('\n'));
  const settings = { MODULAB_BACKEND: 'wasm', MODULAB_PRESET: 'smoke', MODULAB_SEED: undefined };
  const env = { ...process.env, ...settings, MODULAB_DATA: undefined, MODULAB_MODELS: undefined };
  const { status, stderr } = spawnSync(process.execPath, ['run.mjs'], { cwd: folder, env, encoding: 'utf8' });
  assert.equal(status, 0, stderr.split('EXAMPLE').at(-1));
  assert.ok(running.length > 40, `${running.length} of ${examples.length} run`);
  const ends = [0, ...[...stderr.matchAll(/^TIME ([\d.]+)$/gm)].map(([, ms]) => Number(ms))];
  const slowest = running
    .map(({ place }, i) => ({ place, seconds: (ends[i + 1] - ends[i]) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds);
  t.diagnostic(slowest.slice(0, 5).map(({ place, seconds }) => `${place} ${seconds.toFixed(1)} s`).join(', ')); // prettier-ignore
});
