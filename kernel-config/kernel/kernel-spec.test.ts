import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { projectRoot } from '../session/project-root.js';
import {
  hasJupyter,
  installKernelSpec,
  jupyterDataDir,
  kernelSpecFile,
  registeredProject,
  registerIfJupyter,
  uninstallKernelSpec,
} from './kernel-spec.js';

const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA, PATH } = process.env;
const given = { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA, PATH };
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-kernel-spec-test-'));
  process.env.JUPYTER_DATA_DIR = path.join(folder, 'data');
});
afterEach(() => {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  fs.rmSync(folder, { recursive: true, force: true });
});

const foreign = (content: string) => {
  fs.mkdirSync(path.dirname(kernelSpecFile()), { recursive: true });
  fs.writeFileSync(kernelSpecFile(), content);
};

describe('the kernel spec', () => {
  test('is written with absolute paths and removed again', () => {
    assert.equal(registeredProject(), null);
    assert.equal(uninstallKernelSpec(), null);
    const file = installKernelSpec();
    assert.equal(file, path.join(folder, 'data', 'kernels', 'modulab', 'kernel.json'));
    const spec = JSON.parse(fs.readFileSync(file, 'utf8')) as { argv: string[]; interrupt_mode: string };
    assert.deepEqual(spec.argv.slice(2), ['{connection_file}']);
    assert.equal(spec.argv[0], process.execPath);
    assert.ok(path.isAbsolute(spec.argv[1]));
    assert.equal(spec.interrupt_mode, 'message');
    assert.equal(registeredProject(), projectRoot);
    assert.equal(uninstallKernelSpec(), file);
    assert.equal(fs.existsSync(path.dirname(file)), false);
    assert.equal(fs.existsSync(path.join(folder, 'data', 'kernels')), true);
  });

  test("leaves the user's other files in its folder", () => {
    const file = installKernelSpec();
    fs.writeFileSync(path.join(path.dirname(file), 'logo-64x64.png'), '');
    uninstallKernelSpec();
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ['logo-64x64.png']);
  });

  for (const content of ['{"argv": ["other"]}', 'not json', 'null']) {
    test(`of somebody else is neither overwritten nor removed: ${content}`, () => {
      foreign(content);
      assert.throws(installKernelSpec, /expected a kernel spec written by modulab/);
      assert.throws(uninstallKernelSpec, /expected a kernel spec written by modulab/);
      assert.equal(registerIfJupyter(), null);
      assert.equal(fs.readFileSync(kernelSpecFile(), 'utf8'), content);
    });
  }

  test('is registered only where Jupyter is, once, and not over a copy that is in use', () => {
    process.env.PATH = path.join(folder, 'bin');
    assert.equal(registerIfJupyter(), null);
    assert.equal(registeredProject(), null);

    fs.mkdirSync(path.join(folder, 'bin'));
    fs.writeFileSync(path.join(folder, 'bin', process.platform === 'win32' ? 'jupyter.cmd' : 'jupyter'), '', {
      mode: 0o755,
    });
    assert.match(registerIfJupyter() ?? '', /Registered the kernel/);
    assert.equal(registerIfJupyter(), null);

    const other = path.join(folder, 'other copy');
    foreign(JSON.stringify({ argv: [], metadata: { modulab: { project: other } } }));
    assert.match(registerIfJupyter() ?? '', /Registered/, 'the other copy is not there any more');
    fs.mkdirSync(other);
    fs.writeFileSync(path.join(other, 'package.json'), '{}');
    foreign(JSON.stringify({ argv: [], metadata: { modulab: { project: other } } }));
    const said = registerIfJupyter() ?? '';
    assert.ok(said.includes(`another copy of modulab (${other})`), said);
    assert.match(said, /^[^\n]*npm run kernel -- install[^\n]*$/);
    assert.equal(registeredProject(), other);
  });
});

test('variables that are empty count as not set', () => {
  for (const name of ['JUPYTER_DATA_DIR', 'XDG_DATA_HOME', 'APPDATA']) delete process.env[name];
  const unset = jupyterDataDir();
  for (const name of ['JUPYTER_DATA_DIR', 'XDG_DATA_HOME', 'APPDATA']) process.env[name] = '';
  assert.equal(jupyterDataDir(), unset);
  assert.ok(path.isAbsolute(unset));
});

test('without a home folder nothing is registered and nothing fails', (t) => {
  for (const name of ['JUPYTER_DATA_DIR', 'XDG_DATA_HOME', 'APPDATA']) delete process.env[name];
  process.env.PATH = folder;
  t.mock.method(os, 'homedir', () => {
    throw new Error('ENOENT: no such file or directory, uv_os_homedir');
  });
  assert.equal(hasJupyter(), false);
  assert.equal(registerIfJupyter(), null);
  assert.throws(installKernelSpec, /set HOME or JUPYTER_DATA_DIR/);
  fs.writeFileSync(path.join(folder, process.platform === 'win32' ? 'jupyter.cmd' : 'jupyter'), '', { mode: 0o755 });
  assert.match(registerIfJupyter() ?? '', /could not be registered.*set HOME or JUPYTER_DATA_DIR/);
});

test('the spec to be used in place names the same launcher as the installed one', () => {
  const folderInPlace = path.join(projectRoot, 'kernel-config', 'kernels', 'modulab');
  const inPlace = JSON.parse(fs.readFileSync(path.join(folderInPlace, 'kernel.json'), 'utf8')) as { argv: string[] };
  const installed = JSON.parse(fs.readFileSync(installKernelSpec(), 'utf8')) as { argv: string[] };
  assert.equal(path.resolve(inPlace.argv[1].replace('{resource_dir}', folderInPlace)), installed.argv[1]);
});
