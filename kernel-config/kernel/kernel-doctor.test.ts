import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { examineRegistration, nextSteps } from './kernel-doctor.js';
import { installKernelSpec, kernelSpecFile, uninstallKernelSpec } from './kernel-spec.js';

const NAMES = ['JUPYTER_DATA_DIR', 'XDG_DATA_HOME', 'APPDATA', 'PATH'] as const;
const given = NAMES.map((name) => [name, process.env[name]] as const);
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab doctor é-'));
  process.env.JUPYTER_DATA_DIR = path.join(folder, 'data');
  process.env.PATH = path.join(folder, 'bin');
});
afterEach(() => {
  for (const [name, value] of given) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  fs.rmSync(folder, { recursive: true, force: true });
});

const problems = () => examineRegistration().filter(({ state }) => state === 'problem');
const texts = () => examineRegistration().map(({ text }) => text);

/** A file where the kernel spec belongs. */
function put(content: string): void {
  fs.mkdirSync(path.dirname(kernelSpecFile()), { recursive: true });
  fs.writeFileSync(kernelSpecFile(), content);
}

/** A `jupyter` on PATH that names these data folders. */
function fakeJupyter(...data: string[]): void {
  fs.mkdirSync(path.join(folder, 'bin'));
  const answer = JSON.stringify({ data }).replaceAll("'", "'\\''");
  fs.writeFileSync(path.join(folder, 'bin', 'jupyter'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
}

describe('the doctor', () => {
  test('tells a kernel that is not registered, one that is, and what to do next', () => {
    assert.deepEqual(problems(), []);
    assert.match(texts().join('\n'), /no Jupyter on PATH[^]*not registered/);
    assert.match(nextSteps(examineRegistration()).join('\n'), /npm run kernel -- install[^]*npm run notebook/);
    installKernelSpec();
    assert.match(texts().join('\n'), /registered: .*kernel\.json/);
    assert.doesNotMatch(nextSteps(examineRegistration()).join('\n'), /kernel -- install/);
  });

  test('says that a spec is damaged, or not ours', () => {
    put('{"argv": [');
    assert.match(problems()[0].text, /is damaged/);
    assert.match(nextSteps(problems()).join('\n'), /delete it, then npm run kernel -- install/);
    put('{"argv": ["python3"]}');
    assert.match(problems()[0].text, /was not written by modulab/);
  });

  test('says that the project was moved, or that another copy is registered', () => {
    const spec = (project: string, node: string) =>
      put(JSON.stringify({ argv: [node, path.join(project, 'launcher.js')], metadata: { modulab: { project } } }));
    spec(path.join(folder, 'gone'), process.execPath);
    assert.match(problems()[0].text, /gone, which has been moved or deleted/);
    assert.equal(problems()[0].repair, 'npm run kernel -- install');
    const other = path.join(folder, 'other');
    fs.mkdirSync(other);
    fs.writeFileSync(path.join(other, 'launcher.js'), '');
    spec(other, process.execPath);
    assert.match(problems()[0].text, /another copy of the project, .*other$/);
  });

  test('says that the Node of the spec is gone', () => {
    const file = installKernelSpec();
    const spec = JSON.parse(fs.readFileSync(file, 'utf8')) as { argv: string[] };
    spec.argv[0] = path.join(folder, 'old node');
    put(JSON.stringify(spec));
    assert.match(problems()[0].text, /names .*old node: not there any more/);
    installKernelSpec();
    assert.deepEqual(problems(), []);
  });

  test(
    'says that Jupyter looks elsewhere, or takes another kernel of the name',
    { skip: process.platform === 'win32' },
    () => {
      const [own, env] = [path.join(folder, 'data'), path.join(folder, "env's")];
      process.env.PATH = `${path.join(folder, 'bin')}${path.delimiter}/bin${path.delimiter}/usr/bin`;
      installKernelSpec();
      fakeJupyter(env);
      assert.match(problems()[0].text, /does not look into .*data, but into .*env's/);
      assert.match(problems()[0].repair!, /^JUPYTER_DATA_DIR='.*env'\\''s' npm run kernel -- install$/);

      fs.rmSync(path.join(folder, 'bin'), { recursive: true });
      fakeJupyter(env, own);
      assert.deepEqual(problems(), []);
      const shadow = path.join(env, 'kernels', 'modulab', 'kernel.json');
      fs.mkdirSync(path.dirname(shadow), { recursive: true });
      fs.writeFileSync(shadow, '{}');
      assert.match(problems()[0].text, /takes .*env's.*kernel\.json before ours/);
    },
  );

  test('says what is missing where there is no home folder', (t) => {
    for (const name of ['JUPYTER_DATA_DIR', 'XDG_DATA_HOME', 'APPDATA']) delete process.env[name];
    t.mock.method(os, 'homedir', () => '');
    assert.match(problems()[0].text, /set HOME or JUPYTER_DATA_DIR/);
  });
});

test('a folder that cannot be written to is told with what to do', () => {
  fs.writeFileSync(path.join(folder, 'data'), 'a file where a folder should be');
  assert.throws(installKernelSpec, /modulab cannot be written to \(E[A-Z]+.*JUPYTER_DATA_DIR.*JUPYTER_PATH=/);
});

test('the pictures of the launcher come and go with the spec', () => {
  const beside = path.dirname(installKernelSpec());
  assert.deepEqual(fs.readdirSync(beside).sort(), ['kernel.json', 'logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg']);
  uninstallKernelSpec();
  assert.equal(fs.existsSync(beside), false);
});
