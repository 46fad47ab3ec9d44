// The C++ compiler: which one there is, what it can do, and compiling the native addon with it. Uses nothing but Node.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The version of Node-API that the addon is compiled for; later ones run it. */
export const NAPI_VERSION = 8;

const COMPILE_MS = 300_000;

/** A reason why the addon cannot be built, a clause for the user; `output` is the compiler's, if it came so far. */
export class NativeBuildError extends Error {
  /** @param {string} reason @param {string} [output] */
  constructor(reason, output = '') {
    super(reason);
    this.output = output;
  }
}

/** Folders outside the compiler's own in which Homebrew and MacPorts put headers and libraries. */
const prefixes = () =>
  process.platform === 'darwin' ? ['/opt/homebrew', '/usr/local', '/opt/local'].filter((p) => fs.existsSync(p)) : [];

/**
 * Path and arguments of the compiler, or undefined: CXX if set, else the first of the usual names on PATH.
 * @returns {[file: string, ...args: string[]] | undefined}
 */
export function findCompiler(env = process.env) {
  const given = (env.CXX ?? '').split(/\s+/).filter((word) => word !== '');
  const candidates = given.length > 0 ? [given] : [['c++'], ['g++'], ['clang++']];
  for (const [name = '', ...args] of candidates) {
    const places = path.isAbsolute(name)
      ? [name]
      : (env.PATH ?? '')
          .split(path.delimiter)
          .filter((folder) => folder !== '')
          .map((folder) => path.join(folder, name));
    const file = places.find(isExecutable);
    if (file) return [file, ...args];
  }
  return undefined;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Changes when a compiler or oneDNN's headers come, go, or are replaced. Starts no process. */
export function toolsState(env = process.env) {
  const compiler = findCompiler(env);
  const folders = [
    ...`${env.CPATH ?? ''}:${env.CPLUS_INCLUDE_PATH ?? ''}`.split(':').filter((folder) => folder !== ''),
    ...['/usr/include', '/usr/local/include', ...prefixes().map((prefix) => path.join(prefix, 'include'))],
  ];
  const headers = folders.flatMap((folder) =>
    ['dnnl.hpp', 'oneapi/dnnl/dnnl_version.h'].map((file) => path.join(folder, file)),
  );
  const stamp = (/** @type {string} */ file) => `${file} ${fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs}`;
  return {
    compiler: compiler ? [...compiler, stamp(fs.realpathSync(compiler[0]))].join(' ') : null,
    headers: headers.filter((file) => fs.existsSync(file)).map(stamp),
  };
}

/**
 * The first line of a compiler's output that says what is wrong, without the path before it.
 * @param {string} output
 */
function firstError(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const line = lines.find((l) => /\berror\b/.test(l)) ?? lines[0] ?? 'no message';
  return line.replace(/^.*?\b((?:fatal )?error: )/, '$1').slice(0, 120);
}

/**
 * The folder of a package that the project depends on; where it is installed as a package itself, npm puts it beside it.
 * @param {string} root
 * @param {string} name
 */
function packageFolder(root, name) {
  const places = createRequire(path.join(root, 'package.json')).resolve.paths(name) ?? [];
  const folder = places.map((place) => path.join(place, name)).find((place) => fs.existsSync(place));
  if (folder === undefined) throw new NativeBuildError(`the package ${name} is not installed`);
  return folder;
}

/**
 * Compiles and links the addon.
 * @param {string} root the project's folder
 * @param {string} folder an empty folder, where modulab.node is written to
 * @param {string[]} more flags behind the others, for compiling and linking
 * @returns {Promise<{ compiler: string, openMp: boolean, warnings: string }>}
 * @throws NativeBuildError
 */
export async function compileAddon(root, folder, env = process.env, more = []) {
  const compiler = findCompiler(env);
  if (!compiler) {
    throw new NativeBuildError(env.CXX ? `CXX=${env.CXX} is not there` : 'no C++ compiler');
  }
  const call = async (/** @type {string[]} */ args) => {
    try {
      const { stderr } = await run(compiler[0], [...compiler.slice(1), ...args], {
        env: { ...env, LC_ALL: 'C' },
        timeout: COMPILE_MS,
        maxBuffer: 64 * 2 ** 20,
      });
      return { good: true, output: stderr };
    } catch (error) {
      const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error);
      return { good: false, output: stderr || message };
    }
  };
  const include = prefixes().map((prefix) => `-I${prefix}/include`);
  const library = prefixes().map((prefix) => `-L${prefix}/lib`);

  let trials = 0;
  const tries = (/** @type {string} */ source, /** @type {string[]} */ flags) => {
    const file = path.join(folder, `trial-${trials++}`);
    fs.writeFileSync(`${file}.cc`, source);
    return call(['-std=c++17', ...include, `${file}.cc`, '-o', file, ...library, ...flags]);
  };
  const plain = '#include <vector>\nint main() { return static_cast<int>(std::vector<int>().size()); }\n';
  const [works, hasOneDnn, hasOpenMp, native, cpu] = await Promise.all([
    tries(plain, []),
    tries('#include <dnnl.hpp>\nint main() { return dnnl_version()->major == 0; }\n', ['-ldnnl']),
    tries('#include <omp.h>\nint main() { return omp_get_max_threads() == 0; }\n', ['-fopenmp']),
    tries(plain, ['-march=native']),
    tries(plain, ['-mcpu=native']),
  ]);
  if (!works.good) {
    throw new NativeBuildError(`the C++ compiler does not work: ${firstError(works.output)}`, works.output);
  }
  if (!hasOneDnn.good) {
    if (/cannot find -ldnnl|library .*dnnl.* not found|unable to find library -ldnnl/.test(hasOneDnn.output)) {
      throw new NativeBuildError("oneDNN's library is not there", hasOneDnn.output);
    }
    const missing = /dnnl\.hpp['"]?:? (No such file|file not found)/.test(hasOneDnn.output);
    throw new NativeBuildError(
      missing ? "oneDNN's headers are not there" : `oneDNN's headers do not compile: ${firstError(hasOneDnn.output)}`,
      hasOneDnn.output,
    );
  }

  const sources = path.join(root, 'lib/backend/onednn/addon');
  const openMp = hasOpenMp.good ? ['-fopenmp'] : [];
  const flags = [
    '-std=c++17',
    '-O3',
    ...(native.good ? ['-march=native'] : cpu.good ? ['-mcpu=native'] : []),
    '-fno-math-errno', // neither changes a value, and with them more loops are vectorised
    '-fno-trapping-math',
    '-fPIC',
    ...openMp,
    '-fvisibility=hidden',
    '-Wall',
    '-Wextra',
    `-DNAPI_VERSION=${NAPI_VERSION}`,
    '-DNAPI_CPP_EXCEPTIONS',
    '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL',
    `-I${packageFolder(root, 'node-addon-api')}`,
    `-I${path.join(packageFolder(root, 'node-api-headers'), 'include')}`,
    `-I${sources}`,
    ...include,
    ...more,
  ];
  const files = fs.readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.cc'));
  const objectOf = (/** @type {string} */ file) => path.join(folder, `${file.replaceAll(path.sep, '-')}.o`);
  const queue = [...files];
  let output = '';
  /** @type {string | undefined} */
  let failed;
  const compileNext = async () => {
    for (let file = queue.shift(); file && failed === undefined; file = queue.shift()) {
      const result = await call([...flags, '-c', path.join(sources, file), '-o', objectOf(file)]);
      output += result.output;
      if (!result.good) failed ??= `${file}: ${firstError(result.output)}`;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, compileNext));
  if (failed !== undefined) throw new NativeBuildError(`it does not compile: ${failed}`, output);
  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const target = ['-o', path.join(folder, 'modulab.node')];
  const linked = await call([...shared, ...openMp, ...more, ...files.map(objectOf), ...target, ...library, '-ldnnl']);
  if (!linked.good) throw new NativeBuildError(`it does not link: ${firstError(linked.output)}`, linked.output);
  const { stdout } = await run(compiler[0], [...compiler.slice(1), '--version']).catch(() => ({ stdout: '' }));
  for (const file of fs.readdirSync(folder)) {
    if (file !== 'modulab.node') fs.rmSync(path.join(folder, file), { recursive: true, force: true });
  }
  return { compiler: stdout.split('\n')[0] || path.basename(compiler[0]), openMp: hasOpenMp.good, warnings: output };
}
