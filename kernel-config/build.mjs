// Builds lib/, kernel-config/ and bench/ into dist/ and makes the result importable as 'modulab'.
//   node kernel-config/build.mjs
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(path.join(root, 'package.json'));

/**
 * tfjs-core's CommonJS build carries neither gradients nor chained operators (`x.add(y)`); only the 141 MB union
 * package `@tensorflow/tfjs` does, which bundles them from tfjs-core's ES modules. We bundle the same two modules.
 * The bundle's copies of tfjs-core's functions share the one global engine, as they do in the union package.
 */
function bundleTfjsRegistrations() {
  const core = path.join(path.dirname(require.resolve('@tensorflow/tfjs-core/package.json')), 'dist');
  const outfile = path.join(root, 'dist/lib/tfjs-registrations.js');
  const stamp = JSON.stringify([require('@tensorflow/tfjs-core/package.json').version, require('esbuild').version]);
  if (fs.existsSync(outfile) && fs.readFileSync(outfile, 'utf8').startsWith(`//${stamp}\n`)) return;
  require('esbuild').buildSync({
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
  });
}

/** `import … from 'modulab'` needs node_modules/modulab, because tslab resolves neither self-references nor tsconfig paths. */
function linkSelf() {
  const link = path.join(root, 'node_modules/modulab');
  try {
    if (fs.realpathSync(link) === fs.realpathSync(root)) return;
  } catch {
    /* not there yet, or dangling */
  }
  fs.rmSync(link, { recursive: true, force: true });
  fs.symlinkSync(root, link, process.platform === 'win32' ? 'junction' : 'dir');
}

bundleTfjsRegistrations();
const tsc = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', root], { stdio: 'inherit' });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
linkSelf();
