// Makes a bare clone ready, each step only when needed, then runs a command: see setup.mjs. Uses nothing but Node.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { takeNoArguments } from './command-line.mjs';
import { acquireLock } from './setup-lock.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const lockFile = path.join(root, '.build', 'setup.lock');

export class SetupError extends Error {}

/** Whether node_modules holds every package of package-lock.json in its version. npm writes its own list last of all. */
function isInstalled() {
  const modules = path.join(root, 'node_modules');
  let wanted, installed;
  try {
    wanted = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
    installed = JSON.parse(fs.readFileSync(path.join(modules, '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([place, entry]) => {
    if (!place.startsWith('node_modules/')) return true;
    const there = installed[place];
    if (!there) return entry.optional === true || entry.peer === true;
    const same = there.version === entry.version && there.integrity === entry.integrity;
    return same && fs.existsSync(path.join(root, place, 'package.json'));
  });
}

const NETWORK_TROUBLE = /ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|socket hang up|network|\b50[234]\b/i;

async function install() {
  for (let attempt = 1; ; attempt++) {
    const startedAt = Date.now();
    const { code, output } = await npmCi();
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (code === 0 && isInstalled()) {
      console.error(`Installed the packages in ${seconds} s.`);
      return;
    }
    const again =
      code === 0 ? 'npm ci has left packages out' : NETWORK_TROUBLE.test(output) ? 'The network failed' : null;
    if (attempt === 1 && again) {
      console.error(`${again}; trying once more.`);
      continue;
    }
    throw new SetupError(`npm ci failed after ${seconds} s (exit code ${code}):\n${output}`);
  }
}

/** Runs npm ci and shows how long it has been running. */
async function npmCi() {
  const byNpm = process.env.npm_execpath;
  const direct = byNpm && /npm-cli\.c?js$/.test(byNpm) ? [byNpm] : null;
  // Builds need the development packages, whatever NODE_ENV says.
  const args = [...(direct ?? []), 'ci', '--include=dev', '--no-audit', '--no-fund'];
  const child = spawn(direct ? process.execPath : 'npm', args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: !direct && process.platform === 'win32',
  });
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  const stop = () => {
    child.once('close', () => process.exit(130));
    child.kill('SIGKILL');
  };
  for (const signal of signals) process.once(signal, stop);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));

  const startedAt = Date.now();
  const terminal = process.stderr.isTTY;
  const say = (/** @type {string} */ text) => process.stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`);
  const label = 'Installing the packages (npm ci; some 370 MB on disk)';
  say(`${label} …`);
  const timer = setInterval(
    () => say(`${label} … ${Math.round((Date.now() - startedAt) / 1000)} s`),
    terminal ? 1000 : 15_000,
  );
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', (status, signal) => resolve(signal ?? status));
  });
  clearInterval(timer);
  for (const signal of signals) process.removeListener(signal, stop);
  if (terminal) process.stderr.write('\r\x1b[K');
  return { code, output };
}

async function ensureBuilt() {
  const { build, isBuilt } = await import('./build.mjs');
  if (isBuilt()) return;
  const startedAt = Date.now();
  console.error('Building …');
  if (!(await build())) throw new SetupError('The build failed.');
  console.error(`Built in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

async function isReady() {
  return isInstalled() && (await import('./build.mjs')).isBuilt();
}

/** Builds the native backend where that can be done. It is optional: nothing here fails the set-up. */
async function prepareNative() {
  const { ensureNative, isNativeSettled } = await import('./build-native.mjs');
  if (isNativeSettled()) return;
  let release;
  try {
    release = await acquireLock(lockFile);
    await ensureNative();
  } catch (error) {
    console.error(
      `The native backend was not built, which is optional: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    release?.();
  }
}

/** What the file system says of a folder that cannot be written to. */
const READ_ONLY = ['EACCES', 'EPERM', 'EROFS'];

/** Installs and builds, one process at a time: two at once would empty node_modules under each other's feet. */
async function prepare() {
  if (await isReady()) return;
  let release;
  try {
    release = await acquireLock(lockFile);
    if (!isInstalled()) await install();
    await ensureBuilt();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && READ_ONLY.includes(String(error.code)))) throw error;
    throw new SetupError(
      `${path.resolve(root)} cannot be written to (${error.message}). The packages and the build go there: ` +
        'get write access to that folder, or copy the project to a folder of your own.',
    );
  } finally {
    release?.();
  }
}

/** Jupyter finds the kernel under a fixed name in the user's data folder; without Jupyter nothing is written there. */
async function registerKernel() {
  const { registerIfJupyter } = await import(
    pathToFileURL(path.join(root, 'dist/kernel-config/kernel/kernel-spec.js')).href
  );
  const message = registerIfJupyter();
  if (message) console.error(message);
}

/** @type {Readonly<Record<string, string>>} */
const scripts = {
  start: 'dist/kernel-config/commands/start.js',
  test: 'dist/kernel-config/commands/test.js',
  kernel: 'dist/kernel-config/commands/kernel.js',
  notebook: 'dist/kernel-config/commands/notebook.js',
  repl: 'dist/kernel-config/commands/repl.js',
  figures: 'dist/kernel-config/commands/figures.js',
  data: 'dist/kernel-config/commands/data.js',
  bench: 'dist/kernel-config/commands/bench.js',
  reproduce: 'dist/kernel-config/commands/reproduce.js',
  'front-page': 'dist/kernel-config/commands/front-page.js',
  docs: 'dist/kernel-config/commands/docs.js',
  workshop: 'dist/kernel-config/commands/workshop.js',
  pack: 'dist/kernel-config/commands/pack.js',
  modulab: 'dist/kernel-config/commands/modulab.js',
};

const NATIVE_USAGE = `Usage: npm run build:native
  Builds the C++ addon of lib/backend/onednn again, which npm test builds too where it can, and shows the compiler's messages.`;

const PARENT_CHECK_MS = 1000;

/**
 * Runs Node with the arguments, passes signals on, and ends as it ends. npm passes a signal on to the shell that it runs us in, which
 * dies of it and says nothing: that the parent is gone is a SIGTERM, too.
 * @param {string[]} args
 * @param {string} cwd
 */
function runNode(args, cwd) {
  const child = spawn(process.execPath, args, { cwd, stdio: 'inherit' });
  // Ctrl-C reaches the child by itself; a signal sent to this process alone does not.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  watch.unref();
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal) process.kill(process.pid, signal);
  });
}

/** Where the user stands; npm itself changes into the project. */
const userFolder = () => process.env.INIT_CWD ?? process.cwd();

/** Kernels run in their notebook's folder, so folders that the user names relative to his own are made absolute. */
function resolveDataFolders() {
  for (const name of ['MODULAB_DATA', 'MODULAB_MODELS', 'MODULAB_CASES']) {
    if (process.env[name]) process.env[name] = path.resolve(userFolder(), process.env[name]);
  }
}

/**
 * Installs, builds and registers what is missing and runs the command named first, with the rest as its arguments.
 * @param {string[]} words
 */
export async function main([command = '', ...args]) {
  const script = Object.hasOwn(scripts, command) ? scripts[command] : undefined;
  if (command !== 'build:native' && script === undefined) {
    throw new SetupError(
      `Usage: node kernel-config/setup/setup.mjs build:native|${Object.keys(scripts).join('|')} [arguments]`,
    );
  }
  if (command === 'build:native') takeNoArguments(NATIVE_USAGE, args);
  resolveDataFolders();
  await prepare();
  if (script === undefined) {
    const { buildNativeExplicitly } = await import('./build-native.mjs');
    if (!(await buildNativeExplicitly())) process.exitCode = 1;
    return;
  }
  await prepareNative();
  if (command === 'start' || command === 'test') await registerKernel();
  runNode(
    [path.join(root, script), ...args],
    ['notebook', 'repl', 'figures', 'modulab'].includes(command) ? userFolder() : root,
  );
}
