import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Esbuild from 'esbuild';
import { projectFolder } from '../../run/project-folder.js';

const load = createRequire(__filename);

/** Runs in the child process: registers backends and kernels, then runs jasmine and writes one line of JSON per spec. */
const ENTRY = `
  import jasmineRequire from 'jasmine-core';
  import { env } from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-core/dist/register_all_gradients';
  import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
  import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
  import '@tensorflow/tfjs-backend-cpu';
  import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
  import { registerOneDnn } from './lib/backend/onednn/register';
  import { registerWasmKernels } from './lib/backend/wasm/register';

  const [mode, outfile, filter] = process.argv.slice(2);
  env().set('IS_TEST', true);
  setWasmPaths(require('node:path').join(process.cwd(), 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
  if (mode === 'wasm') registerWasmKernels(1); // the suite's filters are small
  if (mode === 'onednn') registerOneDnn();
  const backendName = mode === 'stock-wasm' ? 'wasm' : mode;
  setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);

  const jasmine = jasmineRequire.boot(jasmineRequire);
  jasmine.DEFAULT_TIMEOUT_INTERVAL = 60000;
  const wanted = new RegExp(filter);
  jasmine.getEnv().configure({ random: false, failFast: false, specFilter: (spec) => wanted.test(spec.getFullName()) });
  const results = [];
  jasmine.getEnv().addReporter({
    specDone: ({ fullName, status, failedExpectations }) => {
      if (status === 'passed' || status === 'failed') {
        results.push({ name: fullName, passed: status === 'passed', message: failedExpectations[0]?.message.split('\\n')[0] });
      }
    },
    jasmineDone: () => {
      require('node:fs').writeFileSync(outfile, JSON.stringify(results));
      process.exit(0);
    },
  });
  require('@tensorflow/tfjs-core/dist/tests');
  jasmine.getEnv().execute();
`;

/**
 * Bundles tfjs-core's own op tests with the cpu and wasm backends and modulab's kernels and backend, from their ES modules,
 * so that all share one tfjs-core.
 * @returns the bundle's path
 */
export async function bundleOpSuite(): Promise<string> {
  const root = projectFolder();
  const outfile = path.join(root, '.build/op-suite/suite.cjs');
  const { build } = load('esbuild') as typeof Esbuild;
  const gradients = path.join(root, 'node_modules/@tensorflow/tfjs-core/dist/register_all_gradients.js');
  await build({
    stdin: { contents: ENTRY, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    plugins: [
      {
        name: 'registrations-from-es-modules',
        setup: (suite) => suite.onResolve({ filter: /tfjs-registrations/ }, () => ({ path: gradients })),
      },
    ],
    ignoreAnnotations: true, // tfjs-core's package.json calls its tests free of side effects
    external: ['jasmine-core'], // reads its own folder
    outfile,
    logLevel: 'error',
  });
  return outfile;
}
