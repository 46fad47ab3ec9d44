// Builds the native addon of lib/backend/onednn into .build/onednn, where there are a C++ compiler and oneDNN.
//   node kernel-config/setup/build-native.mjs
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAddon, NAPI_VERSION, NativeBuildError, toolsState } from './cxx.mjs';
import addonFacts from './native-addon.cjs';
import { acquireLock } from './setup-lock.mjs';

const { addonFolder, failureFile, PACKAGES, sourcesHash, processorFeatures, compilerFeatures } = addonFacts;
const here = path.dirname(fileURLToPath(import.meta.url));
const projectFolder = path.join(here, '..', '..');

const TRIAL_MS = 60_000;

/** Why no build is attempted here at all, or undefined. @param {NodeJS.ProcessEnv} env */
function whyNever(env) {
  if (env.MODULAB_NATIVE === '0') return 'MODULAB_NATIVE=0 leaves it out';
  if (!['linux', 'darwin'].includes(process.platform)) return 'only Linux and macOS are supported';
  return undefined;
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * What a failure depends on: with the same, the next attempt would fail the same way.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
const attemptState = (root, env) =>
  createHash('sha256')
    .update(JSON.stringify([sourcesHash(root), toolsState(env), process.version, process.arch, compilerFeatures()]))
    .digest('hex');

/** @param {string} root @param {NodeJS.ProcessEnv} env */
function isUpToDate(root, env) {
  const record = readJson(path.join(addonFolder(root), 'build.json'));
  const size = fs.statSync(path.join(addonFolder(root), 'modulab.node'), { throwIfNoEntry: false })?.size;
  if (!record || size === undefined || record.size !== size || record.sources !== sourcesHash(root)) return false;
  if (record.platform !== process.platform || record.arch !== process.arch) return false;
  const features = new Set(processorFeatures());
  if (!record.features.every((/** @type {string} */ feature) => features.has(feature))) return false;
  const { headers } = toolsState(env);
  return headers.length === 0 || JSON.stringify(headers) === JSON.stringify(record.headers);
}

/** Whether there is nothing to do: built, or tried in vain in the same circumstances. Starts no process. */
export function isNativeSettled({ root = projectFolder, env = process.env } = {}) {
  if (whyNever(env) !== undefined || sourcesHash(root) === undefined) return true;
  return isUpToDate(root, env) || readJson(failureFile(root))?.state === attemptState(root, env);
}

/**
 * Builds the addon, whatever there is already. A failure is remembered, and leaves an earlier build as it is.
 * @returns the record of the build
 * @throws NativeBuildError with the reason, or the file system's error
 */
export async function buildNative({ root = projectFolder, env = process.env } = {}) {
  const never = whyNever(env);
  if (never !== undefined) throw new NativeBuildError(never);
  const target = addonFolder(root);
  const parent = path.dirname(target);
  fs.mkdirSync(parent, { recursive: true });
  for (const left of fs.readdirSync(parent).filter((name) => /^onednn\..+\.tmp$/.test(name))) {
    fs.rmSync(path.join(parent, left), { recursive: true, force: true });
  }
  const state = attemptState(root, env);
  const sources = sourcesHash(root);
  const { headers } = toolsState(env);
  const folder = fs.mkdtempSync(path.join(parent, 'onednn.')) + '.tmp';
  fs.renameSync(folder.slice(0, -'.tmp'.length), folder);
  try {
    const compiled = await compileAddon(root, folder, env);
    const file = path.join(folder, 'modulab.node');
    const oneDnn = tryAddon(file);
    const record = {
      sources,
      size: fs.statSync(file).size,
      platform: process.platform,
      arch: process.arch,
      features: compilerFeatures(),
      napi: NAPI_VERSION,
      compiler: compiled.compiler,
      openMp: compiled.openMp,
      oneDnn,
      headers,
    };
    fs.writeFileSync(path.join(folder, 'build.json'), `${JSON.stringify(record, null, 2)}\n`);
    const old = `${folder.slice(0, -'.tmp'.length)}.old.tmp`;
    if (fs.existsSync(target)) fs.renameSync(target, old);
    fs.renameSync(folder, target);
    fs.rmSync(old, { recursive: true, force: true });
    fs.rmSync(failureFile(root), { force: true });
    return { ...record, warnings: compiled.warnings };
  } catch (error) {
    if (error instanceof NativeBuildError) {
      const partial = `${failureFile(root)}.${process.pid}`;
      fs.writeFileSync(partial, `${JSON.stringify({ reason: error.message, state }, null, 2)}\n`);
      fs.renameSync(partial, failureFile(root));
    }
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets the addon compute in a process of its own, so that a crash is seen here. Gives oneDNN's version. @param {string} file */
function tryAddon(file) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [path.join(here, 'try-addon.cjs'), file], {
    encoding: 'utf8',
    timeout: TRIAL_MS,
  });
  if (status === 0) return stdout.trim();
  const reason = /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? `exit code ${status}`;
  throw new NativeBuildError(
    `it does not run: ${signal ?? reason.replaceAll(file, 'modulab.node').slice(0, 120)}`,
    stderr,
  );
}

const messageOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/** The reason as one clause, with what to install where that may help. */
const advice = (/** @type {string} */ reason) =>
  /compiler|oneDNN's/.test(reason) && !reason.includes(': ') ? `${reason} (${PACKAGES})` : reason;

/**
 * Builds the addon where that is possible and has not been tried in vain, and says so in a line. Never throws: without it
 * modulab computes with wasm.
 */
export async function ensureNative({ root = projectFolder, env = process.env, say = console.error } = {}) {
  if (isNativeSettled({ root, env })) return;
  const startedAt = Date.now();
  say('Building the native backend …');
  try {
    const { compiler, oneDnn, openMp } = await buildNative({ root, env });
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    say(`Built the native backend in ${seconds} s (oneDNN ${oneDnn}, ${compiler}${openMp ? '' : ', without OpenMP'}).`);
  } catch (error) {
    say(`The native backend could not be built, which is optional: ${advice(messageOf(error))}`);
  }
}

/** npm run build:native: builds it again and shows everything the compiler says. Gives whether it worked. */
export async function buildNativeExplicitly({ root = projectFolder, env = process.env } = {}) {
  const release = await acquireLock(path.join(root, '.build', 'setup.lock'));
  try {
    const { compiler, oneDnn, openMp, warnings } = await buildNative({ root, env });
    if (warnings) console.error(warnings);
    console.log(`oneDNN ${oneDnn}, ${compiler}${openMp ? '' : ', without OpenMP: one thread'}: ${addonFolder(root)}`);
    return true;
  } catch (error) {
    if (error instanceof NativeBuildError && error.output) console.error(error.output);
    console.error(`The native backend could not be built: ${advice(messageOf(error))}`);
    return false;
  } finally {
    release();
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = (await buildNativeExplicitly()) ? 0 : 1;
}
