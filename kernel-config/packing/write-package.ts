import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { esmFace, packageEntries } from './package-entries.js';
import { packageManifest, PROGRAM, type ProjectManifest } from './package-manifest.js';
import { reachableFiles } from './reachable-files.js';

/** What threads, processes and pages are started from, and no module imports. */
const STARTED = /\.worker\.js$|^dist\/kernel-config\/(kernel\/kernel-launcher|session\/compiler\/compiler-thread)\.js$/;
const PAGE_FILES = /^dist\/lib\/plot\/page\/[\w-]+\.(bundle\.js|css|html)$/;

/** What is taken as it is, files or folders: what is read or started under its own name. */
const AS_THEY_ARE = [
  ...['README.md', 'LICENSE', 'data/manifest.json', 'notebooks/workshop/models'],
  ...['build-native.mjs', 'command-line.mjs', 'cxx.mjs', 'native-addon.cjs', 'setup-lock.mjs', 'try-addon.cjs'].map(
    (file) => `kernel-config/setup/${file}`,
  ),
  ...[
    'kernel-config/kernels',
    'kernel-config/shims',
    'kernel-config/repl/figure-page',
    'kernel-config/results',
    'lib/backend/onednn/addon',
  ],
];

/** Sources that are built, and tests: no part of the package. */
const LEFT_OUT = /\.ts$|\.(test|fixture)\./;

/**
 * Writes the package as it will be published: the built library without tests and maps, its types as far as somebody can reach them, the
 * sources of the addon, and a package.json of its own.
 * @param root the project's folder, built
 * @param folder becomes the package; what was there goes
 * @returns its files, relative to the folder
 */
export function writePackage(root: string, folder: string): string[] {
  const require = createRequire(path.join(root, 'package.json'));
  const esbuild = require('esbuild') as typeof import('esbuild');
  const project = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as ProjectManifest;
  const entries = packageEntries(fs.readFileSync(path.join(root, 'lib/index.ts'), 'utf8'));
  const read = (file: string): string | undefined => {
    const full = path.join(root, file);
    return fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : undefined;
  };
  fs.rmSync(folder, { recursive: true, force: true });
  const write = (file: string, content: string | Buffer): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  };

  const built = ['dist/lib', 'dist/kernel-config'].flatMap((part) => filesIn(root, part));
  const modules = entries.map(({ commonJs }) => `${commonJs.slice(2)}.js`);
  const started = built.filter((file) => STARTED.test(file) && !LEFT_OUT.test(file));
  for (const file of reachableFiles([...modules, PROGRAM, ...started], '.js', read)) write(file, stripped(file));
  const types = entries.map(({ commonJs }) => `${commonJs.slice(2)}.d.ts`);
  for (const file of reachableFiles(types, '.d.ts', read)) write(file, withoutMap(read(file) ?? ''));
  for (const file of built.filter((name) => PAGE_FILES.test(name))) copy(file);
  for (const place of AS_THEY_ARE) {
    const files = fs.statSync(path.join(root, place)).isDirectory() ? filesIn(root, place) : [place];
    for (const file of files.filter((name) => !LEFT_OUT.test(name) || name.includes('/shims/'))) copy(file);
  }
  for (const entry of entries) {
    const names = Object.keys(require(entry.commonJs) as object).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
    const { code, types: declarations } = esmFace(entry, names);
    write(entry.esm.slice(2), code);
    write(entry.esm.slice(2).replace(/\.mjs$/, '.d.mts'), declarations);
  }
  write('package.json', `${JSON.stringify(packageManifest(project, entries), null, 2)}\n`);
  fs.chmodSync(path.join(folder, PROGRAM), 0o755);
  return filesIn(folder, '.').sort();

  function copy(file: string): void {
    write(file, fs.readFileSync(path.join(root, file)));
  }

  /** JavaScript without comments, which the types keep, and as small as it gets in lines of a usual length. */
  function stripped(file: string): string {
    const { code } = esbuild.transformSync(withoutMap(read(file) ?? ''), {
      ...{ loader: 'js', target: 'node20', platform: 'node', charset: 'utf8' },
      minify: true,
      lineLimit: 160,
    });
    return code;
  }
}

const withoutMap = (text: string): string => text.replace(/^\/\/# sourceMappingURL=.*\n?/gm, '');

/** All files in a folder of `root`, as paths from there with forward slashes. */
function filesIn(root: string, folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}
