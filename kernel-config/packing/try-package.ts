import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import jpeg from 'jpeg-js';
import { ModulabError } from '../../lib/errors.js';

const run = promisify(execFile);

/** Packages that `import 'modulab'` must not load, be they installed or not: they would add seconds to every start. */
const NEVER_AT_IMPORT = /node_modules\/(jsdom|plotly|danfojs-node|@resvg|tslab|zeromq|sharp|marked|@jsquash|mathjs)/;

/** README's program, made small enough to be run: what is replaced, and by what. */
const SMALLER: readonly (readonly [RegExp, string])[] = [
  [/trainPerClass: \d+, testPerClass: \d+/, 'trainPerClass: 40, testPerClass: 8'],
  [/epochs: 12/, 'epochs: 1'],
  [/preset: 'laptop'/, "preset: 'smoke', generations: 0, keep: 0.5"],
];

/** What came of a trial. */
export interface Trial {
  readonly installSeconds: number;
  /** Bytes of node_modules. */
  readonly bytes: number;
  readonly packages: number;
  /** What was tried, in order, each with its seconds. */
  readonly steps: readonly (readonly [name: string, seconds: number])[];
}

/**
 * Installs a tarball into an empty folder, as anybody would, and uses it: README's program as an ES module, as CommonJS and in TypeScript
 * for Node and for bundlers; imports of every entry; the program; the addon, where it can be built.
 * @param folder empty; nothing of the project must lie above it
 * @param program README's program, TypeScript
 * @param native whether the addon can be built here
 * @throws Error with what a step printed, where one fails
 */
export async function tryPackage(tarball: string, folder: string, program: string, native: boolean): Promise<Trial> {
  const steps: [string, number][] = [];
  const env = { ...process.env, MODULAB_NATIVE: undefined, NODE_PATH: undefined, MODULAB_BROWSER: '0' };
  const call = async (file: string, ...args: string[]): Promise<string> => {
    try {
      return (await run(file, args, { cwd: folder, env, maxBuffer: 2 ** 26, shell: process.platform === 'win32' }))
        .stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new ModulabError(`${[path.basename(file), ...args].join(' ')}:\n${stdout}${stderr}`, { cause: error });
    }
  };
  const node = (...args: string[]): Promise<string> => call(process.execPath, ...args);
  const write = (file: string, text: string): void => fs.writeFileSync(path.join(folder, file), text);
  const step = async (name: string, body: () => Promise<void>): Promise<number> => {
    const startedAt = performance.now();
    await body();
    const seconds = (performance.now() - startedAt) / 1000;
    steps.push([name, seconds]);
    return seconds;
  };
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const install = (...what: string[]) => call(npm, 'install', '--no-audit', '--no-fund', ...what);

  write('package.json', '{ "private": true }\n');
  const installSeconds = await step('npm install', async () => void (await install(tarball)));
  const modules = path.join(folder, 'node_modules');
  const files = fs.readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, file) => sum + fs.statSync(path.join(file.parentPath, file.name)).size, 0);
  const lock = JSON.parse(fs.readFileSync(path.join(modules, '.package-lock.json'), 'utf8')) as { packages: object };
  const modulab = path.join('node_modules', '.bin', process.platform === 'win32' ? 'modulab.cmd' : 'modulab');

  await step('every entry, both ways', async () => {
    const { exports: entries } = JSON.parse(fs.readFileSync(path.join(modules, 'modulab/package.json'), 'utf8')) as {
      exports: object;
    };
    const names = Object.keys(entries)
      .filter((name) => !name.endsWith('.json'))
      .map((name) => name.replace('.', 'modulab'));
    write(
      'entries.mjs',
      `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      for (const name of ${JSON.stringify(names)}) {
        const [esm, commonJs] = [await import(name), require(name)];
        for (const key of Object.keys(commonJs)) if (esm[key] !== commonJs[key]) throw new Error(name + ': ' + key);
        if (Object.keys(esm).length === 0) throw new Error(name + ' is empty');
      }
      const loaded = Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/'));
      if (loaded.length < 100) throw new Error('only ' + loaded.length + ' modules are seen');
      const needless = loaded.filter((file) => ${String(NEVER_AT_IMPORT)}.test(file));
      if (needless.length > 0) throw new Error('loaded by importing: ' + needless.join());`,
    );
    await node('entries.mjs');
  });
  if (native) {
    await step('modulab build-native', async () => {
      const said = await call(modulab, 'build-native');
      if (!said.includes('oneDNN')) throw new Error(`modulab build-native: ${said}`);
    });
  }
  await step('TypeScript, node16 and bundler', async () => {
    await install('typescript@5.9', '@types/node@20');
    write('program.mts', program);
    // tsc, and not another program of that name.
    const tsc = path.join('node_modules', 'typescript', 'bin', 'tsc');
    const common = ['--strict', '--skipLibCheck', '--target', 'es2022', '--lib', 'es2023', '--types', 'node'];
    for (const [file, ...options] of [
      ['program.mts', '--module', 'node16'],
      ['program.mts', '--module', 'esnext', '--moduleResolution', 'bundler'],
    ] as const) {
      await node(tsc, file, ...common, ...options, '--noEmit');
    }
    write('program.mts', smaller(program));
    await node(tsc, 'program.mts', ...common, '--module', 'node16');
    write('program.cts', inMain(smaller(program)));
    await node(tsc, 'program.cts', ...common, '--module', 'node16');
  });
  const check = (said: string, how: string): void => {
    if (native && !said.includes('onednn')) throw new Error(`${how}: the native backend is not used: ${said}`);
    if (!/F1|precision/.test(said)) throw new Error(`${how}: expected a figure in words, got: ${said}`);
  };
  await step("README's program, ES module", async () => check(await node('program.mjs'), 'ES module'));
  await step("README's program, CommonJS", async () => check(await node('program.cjs'), 'CommonJS'));
  await step('modulab diagnose ends with a page', async () => {
    write(
      'model.mjs',
      "import { models, saveModel } from 'modulab'; await saveModel(models.weakSimCnnCifar({ width: 1 / 8, seed: 1 }), 'model');",
    );
    await node('model.mjs');
    const said = await call(
      modulab,
      'diagnose',
      'model/model.json',
      'synthetic',
      '--per-class',
      '4',
      '--range',
      'unit',
    );
    const page = fs.readFileSync(path.join(folder, 'modulab-diagnose', 'report.html'), 'utf8');
    if (!said.includes('report.html') || !/right on <b>\d+ of 40<\/b>/.test(page) || !page.includes('modulabPlotly')) {
      throw new Error(said);
    }
  });
  await step('what is not installed is named', async () => {
    write(
      'picture.cjs',
      `const { plot } = require('modulab');
      const rows = plot.table([{ a: 1 }]);
      try { rows.frame(); throw new Error('no error'); } catch (error) { console.log(error.message); }`,
    );
    const said = await node('picture.cjs');
    if (!/needs danfojs-node, which is not installed.*npm i "danfojs-node@/.test(said)) throw new Error(said);
  });
  await step('sharp decodes photographs, once it is installed', async () => {
    await install('sharp');
    fs.writeFileSync(
      path.join(folder, 'photo.jpg'),
      jpeg.encode({ width: 64, height: 48, data: Buffer.alloc(64 * 48 * 4, 90) }, 90).data,
    );
    for (const name of ['train/a', 'train/b', 'test/a', 'test/b']) {
      fs.mkdirSync(path.join(folder, 'photos', name), { recursive: true });
      fs.copyFileSync(path.join(folder, 'photo.jpg'), path.join(folder, 'photos', name, '1.jpg'));
    }
    write(
      'photos.mjs',
      "import { imageFolder } from 'modulab'; const { train, provenance } = await imageFolder('photos'); console.log(train.imageShape, train.pixels[0], provenance);",
    );
    const said = await node('photos.mjs');
    if (!/\[ 48, 64, 3 \] (89|90|91)/.test(said) || !/decoded by': 'sharp \d+\.\d+.*libvips/.test(said))
      throw new Error(said);
  });
  return { installSeconds, bytes, packages: Object.keys(lock.packages).length, steps };
}

/** @throws Error where README's program no longer has what is replaced */
function smaller(program: string): string {
  return SMALLER.reduce((text, [what, by]) => {
    if (!what.test(text)) throw new Error(`README's program: expected ${String(what)}, found none.`);
    return text.replace(what, by);
  }, program);
}

/** The program with all but its imports in a function: CommonJS has no top-level await. */
function inMain(program: string): string {
  const lines = program.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const rest = lines.filter((line) => !line.startsWith('import '));
  return [...imports, 'async function main() {', ...rest, '}', 'void main();', ''].join('\n');
}
