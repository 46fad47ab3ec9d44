/**
 * The worked examples of CONTRIBUTING.md: their files and registrations are put into a copy of the library, type-checked
 * and run.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { projectRoot } from '../session/project-root.js';
import { projectOptions, typeErrors } from './type-errors.fixture.js';

const page = fs.readFileSync(path.join(projectRoot, 'CONTRIBUTING.md'), 'utf8');
const blocks = [...page.matchAll(/```(ts|diff)\n([\s\S]*?)```/g)].map(([, language, text]) => {
  const file = /^ ?\/\/ (\S+\.ts)\n/.exec(text)?.[1];
  return { language, file, text: file ? text.slice(text.indexOf('\n') + 1) : text };
});
const added = blocks.filter(({ language, file }) => language === 'ts' && file);
const registrations = blocks.filter(({ language }) => language === 'diff');
const programs = blocks.filter(({ language, file }) => language === 'ts' && !file);

/** The sources that the examples add or change: path relative to the project → text. */
function changedSources(): Map<string, string> {
  const sources = new Map(added.map(({ file, text }) => [file!, text]));
  for (const { file, text } of registrations) {
    assert.ok(file, 'a diff names its file in its first line');
    sources.set(file, withAddedLines(fs.readFileSync(path.join(projectRoot, file), 'utf8'), text, file));
  }
  return sources;
}

/** Inserts a block's `+` lines after the lines that precede them there. */
function withAddedLines(source: string, diff: string, file: string): string {
  const lines = source.split('\n');
  let at = -1;
  for (const line of diff.trimEnd().split('\n')) {
    if (line.startsWith('+')) {
      lines.splice(++at, 0, line.slice(1));
      continue;
    }
    at = lines.indexOf(line.slice(1), at + 1);
    assert.notEqual(at, -1, `${file} has no line “${line.slice(1)}” where CONTRIBUTING.md says`);
  }
  return lines.join('\n');
}

test('CONTRIBUTING.md has an example each for a criterion, a splitter, a data set and a layer type', () => {
  const folders = ['lib/simplify/criteria', 'lib/split', 'lib/datasets/stored', 'lib/surgery/layers'];
  assert.deepEqual(added.map(({ file }) => path.posix.dirname(file!)), folders); // prettier-ignore
  assert.equal(registrations.length, folders.length);
  assert.equal(programs.length, folders.length);
  for (const { text } of registrations) {
    const lines = text.split('\n').filter((line) => line.startsWith('+') && !line.startsWith('+import '));
    assert.equal(lines.length, 1, 'one line registers it');
  }
});

test('the examples of CONTRIBUTING.md pass the type checker', () => {
  const files = new Map([...changedSources()].map(([file, text]) => [path.join(projectRoot, file), text]));
  programs.forEach(({ text }, i) => files.set(path.join(projectRoot, `contributing-${i + 1}.mts`), text));
  const paths = { modulab: [path.join(projectRoot, 'lib/index.ts')] };
  assert.deepEqual(typeErrors(files, { ...projectOptions(projectRoot), paths }), []);
});

test('the examples of CONTRIBUTING.md run', (t) => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-contributing-'));
  t.after(() => fs.rmSync(copy, { recursive: true, force: true }));
  fs.copyFileSync(path.join(projectRoot, 'package.json'), path.join(copy, 'package.json'));
  fs.cpSync(path.join(projectRoot, 'dist/lib'), path.join(copy, 'dist/lib'), {
    recursive: true,
    filter: (file) => !/\.(test|fixture)\.|\.map$/.test(file),
  });
  linkPackages(copy);
  for (const [file, text] of changedSources()) {
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS };
    const { outputText } = ts.transpileModule(text, { compilerOptions });
    fs.writeFileSync(path.join(copy, 'dist', file.replace(/\.ts$/, '.js')), outputText);
  }
  writeTinyStl10(path.join(copy, 'images/stl10_binary'));
  const imports = programs.map(({ text }, i) => {
    const name = `program-${i + 1}.mjs`;
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
    fs.writeFileSync(path.join(copy, name), ts.transpileModule(text, { compilerOptions }).outputText);
    return `await import('./${name}');`;
  });
  const start = "import { openBackend } from 'modulab';\nawait openBackend({ quiet: true });\n";
  fs.writeFileSync(path.join(copy, 'run.mjs'), start + imports.join('\n'));
  const env = { ...process.env, MODULAB_BACKEND: 'wasm', MODULAB_DATA: path.join(copy, 'images') };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs'], { cwd: copy, env, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /conv\w+: \d+ of \d+ kernels kept/);
  assert.match(stdout, /10 modules keep 50 % of the kernels; together \d/);
  assert.match(stdout, /20 images of 32×32×3, 10 classes/);
  assert.match(stdout, /\d+ of \d+ multiply-adds, the same outputs: true/);
});

/** The project's packages for the copy, with 'modulab' being the copy itself. */
function linkPackages(copy: string): void {
  const from = path.join(projectRoot, 'node_modules');
  const to = path.join(copy, 'node_modules');
  fs.mkdirSync(to);
  for (const name of fs.readdirSync(from)) {
    if (name.startsWith('.') || name === 'modulab') continue;
    fs.symlinkSync(fs.realpathSync(path.join(from, name)), path.join(to, name), 'junction');
  }
  fs.symlinkSync(copy, path.join(to, 'modulab'), 'junction');
}

/** Two grey images of each class per split. */
function writeTinyStl10(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const labels = Uint8Array.from({ length: 20 }, (_, i) => 1 + (i % 10));
  for (const split of ['train', 'test']) {
    fs.writeFileSync(path.join(folder, `${split}_X.bin`), new Uint8Array(labels.length * 96 * 96 * 3).fill(128));
    fs.writeFileSync(path.join(folder, `${split}_y.bin`), labels);
  }
}
