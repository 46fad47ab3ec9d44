// Builds lib/, kernel-config/ and bench/ into dist/ and makes the result importable as 'modulab'.
//   node kernel-config/setup/build.mjs
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeNoArguments } from './command-line.mjs';

const root = fs.realpathSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..'));
const stampFile = path.join(root, 'dist/.sources');
const require = createRequire(path.join(root, 'package.json'));

/**
 * tfjs-core's CommonJS build carries neither gradients nor chained operators (`x.add(y)`); only the 141 MB union
 * package `@tensorflow/tfjs` does, which bundles them from tfjs-core's ES modules. We bundle the same two modules. Operations that
 * tfjs-core exports are taken from there; of what it does not, the bundle has copies, which share the one global engine.
 */
async function bundleTfjsRegistrations() {
  const core = path.join(path.dirname(require.resolve('@tensorflow/tfjs-core/package.json')), 'dist');
  const outfile = path.join(root, 'dist/lib/tfjs-registrations.js');
  const stamp = JSON.stringify([
    require('@tensorflow/tfjs-core/package.json').version,
    require('esbuild').version,
    'operations of tfjs-core',
  ]);
  if (fs.existsSync(outfile) && fs.readFileSync(outfile, 'utf8').startsWith(`//${stamp}\n`)) return;
  const exported = new Set(Object.keys(require('@tensorflow/tfjs-core')));
  await require('esbuild').build({
    stdin: {
      contents: "import './register_all_gradients';\nimport './public/chained_ops/register_all_chained_ops';\n",
      resolveDir: core,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    banner: { js: `//${stamp}` },
    outfile,
    logLevel: 'error',
    plugins: [
      {
        name: 'operations of tfjs-core',
        setup(/** @type {import('esbuild').PluginBuild} */ { onResolve }) {
          onResolve({ filter: /(\/ops\/\w+|\/kernel_names|\.\/base)$/ }, ({ path: name, resolveDir }) => {
            if (/\/(ops|base)$/.test(name)) return { path: '@tensorflow/tfjs-core', external: true }; // all of them
            const source = fs.readFileSync(path.join(resolveDir, `${name}.js`), 'utf8');
            const names = [...source.matchAll(/^export (?:const|function|class|async function) (\w+)/gm)].map(
              ([, n = '']) => n,
            );
            const lists = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = '']) => list.split(','));
            names.push(
              ...lists
                .map((item) =>
                  (
                    item
                      .trim()
                      .split(/\s+as\s+/)
                      .pop() ?? ''
                  ).trim(),
                )
                .filter(Boolean),
            );
            const all = names.length > 0 && !/^export \*/m.test(source) && names.every((n) => exported.has(n));
            return all ? { path: '@tensorflow/tfjs-core', external: true } : undefined;
          });
        },
      },
    ],
  });
}

const pageFolder = 'lib/plot/page';

/** What runs in a browser, each module with all that it imports as one script, and the rules and templates beside them. */
function bundlePages() {
  const esbuild = require('esbuild');
  const target = path.join(root, 'dist', pageFolder);
  fs.mkdirSync(target, { recursive: true });
  for (const file of fs.readdirSync(path.join(root, pageFolder))) {
    const source = path.join(root, pageFolder, file);
    if (file.endsWith('.css')) {
      const { code } = esbuild.transformSync(fs.readFileSync(source, 'utf8'), { loader: 'css', minify: true });
      fs.writeFileSync(path.join(target, file), code);
    } else if (file.endsWith('.html')) {
      fs.copyFileSync(source, path.join(target, file));
    } else if (file.endsWith('.ts') && /^export default function/m.test(fs.readFileSync(source, 'utf8'))) {
      const { name } = path.parse(file);
      esbuild.buildSync({
        // What is put around the bundle says with which arguments: lib/plot/figure/page-script.ts.
        stdin: {
          contents: `import run from './${name}';\nrun(...pageArguments);\n`,
          resolveDir: path.dirname(source),
        },
        bundle: true,
        minify: true,
        platform: 'browser',
        format: 'esm',
        target: 'es2020',
        outfile: path.join(target, `${name}.bundle.js`),
        logLevel: 'error',
      });
    }
  }
}

const selfLink = path.join(root, 'node_modules/modulab');

/** Whether node_modules/modulab leads here. npm removes the link whenever it installs something. */
function isSelfLinked() {
  try {
    return fs.realpathSync(selfLink) === root;
  } catch {
    return false; // not there yet, or dangling
  }
}

/** `import … from 'modulab'` needs node_modules/modulab, because tslab resolves neither self-references nor tsconfig paths. */
function linkSelf() {
  if (isSelfLinked()) return;
  fs.rmSync(selfLink, { recursive: true, force: true });
  fs.symlinkSync(root, selfLink, process.platform === 'win32' ? 'junction' : 'dir');
}

/** The sources that dist/ is made of, relative to the project. */
export function sourceFiles() {
  return ['lib', 'kernel-config', 'bench']
    .filter((folder) => fs.existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((f) => path.join(folder, f)),
    )
    .filter((file) => /\.(ts|css|html)$/.test(file) && !file.startsWith(path.join('kernel-config', 'shims')))
    .sort();
}

/** A fingerprint of everything that decides what dist/ holds. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of [...sourceFiles(), 'package-lock.json', 'tsconfig.json', 'kernel-config/setup/build.mjs']) {
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Whether dist/ is what the sources say, and importable as 'modulab'. */
export function isBuilt() {
  return isSelfLinked() && fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === fingerprint();
}

/** Builds dist/. Gives false when the compiler found errors, which it has then printed. */
export async function build() {
  const stamp = fingerprint();
  fs.rmSync(stampFile, { force: true });
  await bundleTfjsRegistrations();
  // Beside it, or the kernel's compiler looks for types in the bundle, and finds errors.
  fs.copyFileSync(path.join(root, 'lib/tfjs-registrations.d.ts'), path.join(root, 'dist/lib/tfjs-registrations.d.ts'));
  bundlePages();
  linkSelf();
  const tsc = spawn(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', root], { stdio: 'inherit' });
  const [status] = await once(tsc, 'exit');
  if (status !== 0) return false;
  fs.writeFileSync(stampFile, stamp);
  return true;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  takeNoArguments(`Usage: npm run build
  lib/, kernel-config/ and bench/ to dist/, and node_modules/modulab linked to this folder.`);
  process.exitCode = (await build()) ? 0 : 1;
}
