import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type KernelSession, startSession } from './kernel-session.js';

let folder: string;
let session: KernelSession;

const FILES = {
  'lib/h.ts': `import { k } from './k.js';\nexport const h: number = k + 1;\nexport default 'default of h';`,
  'lib/k.ts': 'export const k = 1;',
  'lib/awaits.ts': 'export const waited = await Promise.resolve(5);\nexport const place = import.meta.filename;',
  'lib/throws.ts': "export function fail(): never {\n  // a line\n  throw new RangeError('in a file');\n}",
  'lib/data.json': '{ "a": [1, 2] }',
  'lib/common.cjs': 'module.exports = { c: 6 };',
  'node_modules/only-import/package.json': `{ "name": "only-import", "type": "module",
    "exports": { ".": { "types": "./i.d.ts", "import": "./i.js" }, "./sub/*": { "types": "./s/*.d.ts", "import": "./s/*.js" } } }`,
  'node_modules/only-import/i.js': `export default function twice(x) { return 2 * x; }\nexport const later = await Promise.resolve('later');`,
  'node_modules/only-import/i.d.ts': 'export default function twice(x: number): number;\nexport const later: string;',
  'node_modules/only-import/s/deep.js': 'export const deep = 8;',
  'node_modules/only-import/s/deep.d.ts': 'export const deep: 8;',
};

before(async () => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-language-')));
  for (const [file, text] of Object.entries(FILES)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
  session = await startSession({ cwd: folder });
});
after(async () => {
  await session.kernel.kill();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Runs cells, which must succeed; the value of the last one. */
async function valueOf(...cells: string[]): Promise<string> {
  let value = '';
  for (const code of cells) {
    const run = await session.run(code);
    assert.equal(run.status, 'ok', `${code}\n${run.error}`);
    value = run.value;
  }
  return value;
}

/** What a notebook must take because a file of TypeScript does, and the value of its last cell. */
const CASES: Readonly<Record<string, readonly (readonly [value: string, ...cells: string[]])[]>> = {
  'the library of the running Node': [
    ['[ 1, 2, 3 ]', '[3, 1, 2].toSorted()'],
    ['[ 3, 9 ]', '[3, 1, 2].toSpliced(1, 2, 9)'],
    ['[ 3, 2, 1 ]', '[1, 2, 3].toReversed().with(0, 3)'],
    ['2', '[1, 2, 3].findLast((x) => x < 3)'],
    ['true', `'a'.isWellFormed()`],
    ...('groupBy' in Object ? [['1', 'Object.groupBy([1, 2], (x) => `${x}`)[1]!.length'] as const] : []),
    ...('withResolvers' in Promise ? [['function', 'typeof Promise.withResolvers<number>().resolve'] as const] : []),
  ],
  'await in every position': [
    ['1', 'await (async () => 1)()'],
    ['5', 'const waiting = Promise.resolve(5);', 'await [waiting][0]'],
    ['a 5', '`a ${await waiting}`'],
    ['[ 5, 5 ]', '[...(await Promise.all([waiting, waiting]))]'],
    ['5', 'Math.max(await waiting, 2)'],
    ['6', '({ a: await waiting }).a + 1'],
    ['5', 'if (await waiting) {}\n(await waiting)'],
    ['3', 'let sum = 0; for await (const x of [1, 2]) sum += x;', 'sum'],
    [
      '5',
      'class Late { [Symbol.for(String(await waiting)).description!]() { return 5; } }',
      'Object.getOwnPropertyNames(Late.prototype)[0]',
    ],
    ['2', 'const inner = async () => await waiting; 2'],
  ],
  exports: [
    ['3', 'export const a1 = 3; a1', 'a1'],
    ['4', 'export default 4'],
    ['{ a: 4 }', 'export default { a: 4 }'],
    ['7', 'export async function f1() { return 7; }', 'await f1()'],
    ['8', 'export default function f2() { return 8; }', 'f2()'],
    ['9', 'export class C1 { x = 9 } export { C1 as C2 }', 'new C1().x'],
    ['[ 1, 2 ]', 'export const { p, q: [q1] } = { p: 1, q: [2] };', '[p, q1]'],
    [
      '1',
      'export enum E1 { A = 1 } export type T1 = E1; export interface I1 { x: T1 }',
      'const i1: I1 = { x: E1.A }; i1.x',
    ],
    ['5', 'const exported = 5; export { exported };', 'exported'],
  ],
  'import.meta': [
    ['true', `import.meta.url.startsWith('file:///')`],
    ['true', 'import.meta.dirname === process.cwd()'],
    ['true', 'import.meta.filename.startsWith(import.meta.dirname)'],
    ['true', `import.meta.resolve('./x.js').endsWith('/x.js')`],
    ['true', `import.meta.resolve('only-import/sub/deep').endsWith('/only-import/s/deep.js')`],
  ],
  'any name': [
    ['1', 'const __x = 1; __x', '__x'],
    ['2', 'let ___y = 2', '___y'],
    ['3', 'const $ = 3', '$'],
    ['4', 'const größe = 4', 'größe'],
    ['5', 'const require = 5, module = 0, exports = 0; require'],
    ['6', 'const of = 6', 'of'],
  ],
  'files and packages': [
    ['2', `import { h } from './lib/h.ts'; h`, 'h'],
    ['default of h', `import dh from './lib/h'; dh`],
    ['2', `(await import('./lib/h.ts')).h`],
    ['5', `import { waited } from './lib/awaits.ts'; waited`],
    ['true', `import { place } from './lib/awaits.ts'; place.endsWith('awaits.ts')`],
    ['[ 1, 2 ]', `import data from './lib/data.json' with { type: 'json' }; data.a`],
    ['[ 1, 2 ]', `(await import('./lib/data.json', { with: { type: 'json' } })).default.a`],
    ['6', `import common from './lib/common.cjs'; common.c`],
    ['4', `import twice from 'only-import'; twice(2)`],
    ['later', `import { later } from 'only-import'; later`],
    ['8', `import * as sub from 'only-import/sub/deep'; sub.deep`],
    ['8', `(await import('only-import/sub/deep')).deep`],
    ['function', `import { File as H5File } from 'h5wasm/node'; typeof H5File`],
    ['true', `const fsModule = await import('node:fs'); fsModule.existsSync('lib')`],
    ['true', `import zlib = require('node:zlib'); zlib.gunzipSync(zlib.gzipSync('a')).equals(Buffer.from('a'))`],
    ['function', `import { type Tensor, tensor } from '@tensorflow/tfjs-core'; typeof tensor`],
  ],
  'declarations again, and of every kind': [
    ['2', 'const again = 1', 'const again = 2; again'],
    ['text', 'let other: number = 1', `let other: string = 'text'`, 'other'],
    ['2', 'class K { x = 1 }', 'class K { x = 2 }', 'new K().x'],
    ['3', 'function over() { return 1; }', 'function over() { return 3; }', 'over()'],
    ['1', 'namespace N1 { export const n = 1; }', 'N1.n'],
    ['1', 'const enum CE { A = 1 }', 'CE.A'],
    ['6', 'let counter = 1;', 'counter += 4; counter++;', 'counter'],
    ['2', 'let first = 1, second = 2;', '[first, second] = [second, first];', 'first'],
    ['{"first":2,"n":3}', 'const n = 3', 'JSON.stringify({ first, n })'],
    ['undefined', 'function self(this: unknown) { return String(this); }', 'self()'],
    ['8', 'abstract class Base { abstract y: number }', 'class Derived extends Base { y = 8 }', 'new Derived().y'],
    ['7', 'using held = { [Symbol.dispose]() {} };\nconst beside = 7;', 'beside'],
    ['5', 'var declaredVar = 5', 'declaredVar // a comment at the end'],
    ['3', 'const named = () => 0, text = `a${1}b`', 'text.length /* and */'],
    ['named', 'named.name'],
    ['11', 'type Generic<T> = { v: T }; const generic = <T,>(v: T): Generic<T> => ({ v });', 'generic(11).v'],
    ['12', 'let satisfied = { a: 12 } satisfies Record<string, number>', 'satisfied.a'],
  ],
};

for (const [title, cases] of Object.entries(CASES)) {
  test(title, async () => {
    for (const [expected, ...cells] of cases) assert.equal(await valueOf(...cells), expected, cells.join('\n'));
  });
}

describe('what is wrong', () => {
  test('is checked with the types of earlier cells', async () => {
    await valueOf('let typed = 1; const fixed = 2;');
    const errorOf = async (code: string) => (await session.run(code)).error;
    assert.match(
      await errorOf(`typed = 'text'`),
      /^Type error: 1:1 - Type 'string' is not assignable to type 'number'/,
    );
    assert.match(await errorOf('fixed = 3'), /1:1 - Cannot assign to 'fixed' because it is a constant/);
    assert.match(await errorOf('\n\nunknownName'), /^Type error: 3:1 - Cannot find name 'unknownName'/);
    assert.match(await errorOf('const broken = ;'), /^Type error: 1:16 - Expression expected/);
  });

  test('is told with the line of the cell, of earlier ones and of files', async () => {
    await valueOf('interface Unused {\n  a: string;\n}\nfunction early() {\n  throw new Error("early");\n}');
    const { error } = await session.run('// a comment\ntype Gone = string;\n\nearly();');
    assert.match(
      error,
      /^Error: early\n {2}cell \[\d+\], line 5: throw new Error\("early"\);\n {4}at early \(cell \[\d+\], line 5\)/,
    );
    const own = await session.run(`interface Gone {\n  a: 1;\n}\n\n(null as any).x;`);
    assert.match(own.error, /^TypeError: .*\n {2}cell \[\d+\], line 5: \(null as any\)\.x;/);
    const file = await session.run(`import { fail } from './lib/throws.ts';\nfail();`);
    assert.match(file.error, /cell \[\d+\], line 2: fail\(\);\n {4}at fail \(.*throws\.ts, line 3\)/);
  });

  test('keeps what was declared before, and what it was elsewhere', async () => {
    await valueOf('const kept = "as it was";');
    assert.equal(
      (await session.run('let v1 = 5; class V2 {}; throw new Error("stop"); const kept = 0, v3 = 1;')).status,
      'error',
    );
    assert.equal(await valueOf('v1'), '5');
    assert.equal(await valueOf('typeof V2'), 'function');
    assert.equal(await valueOf('kept.length'), '9');
    assert.match((await session.run('v3')).error, /Cannot find name 'v3'/);
  });
});

test('a file that has changed is taken anew, and so is what imports it', async () => {
  assert.equal(await valueOf(`import { h as before } from './lib/h.ts'; before`), '2');
  fs.writeFileSync(path.join(folder, 'lib', 'k.ts'), 'export const k = 10;\nexport const more = 1;');
  assert.equal(await valueOf(`import { h as changed } from './lib/h.ts'; changed`), '11');
});

test('lines of other kernels are answered in one sentence', async () => {
  const errorOf = async (code: string) => (await session.run(code)).error;
  assert.match(
    await errorOf('!ls -l'),
    /^Not TypeScript: '!' runs no shell here: import \{ execSync \}.*"ls -l"\)\)\)\.$/,
  );
  assert.match(await errorOf('!pip install numpy'), /npm install numpy\)\.$/);
  assert.match(
    await errorOf('%time 1+1'),
    /^Not TypeScript: There are no magics such as '%time' here: .*performance\.now\(\).*$/,
  );
  assert.match(await errorOf('%%timeit\nconst x = 1;'), /^Not TypeScript: There are no magics such as '%timeit' here/);
  assert.match(await errorOf('const a0 = 1;\n%matplotlib inline'), /no magics such as '%matplotlib'/);
  for (const code of ['parseInt?', '?parseInt', 'parseInt??']) {
    assert.match(
      (await session.run(code)).text,
      /^function parseInt\(string: string, radix\?: number\): number\n/,
      code,
    );
  }
  assert.match(await errorOf('nobody?'), /^Not found: There is nothing called 'nobody'\.$/);
  assert.equal(await valueOf('!true'), 'false');
  assert.equal(await valueOf('const t1 = true;', '!t1'), 'false');
});
