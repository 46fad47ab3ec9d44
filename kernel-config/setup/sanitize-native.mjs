// Runs the native backend's tests once with its addon under AddressSanitizer and UndefinedBehaviorSanitizer (GCC, Linux).
//   npm run build && npm run sanitize
// The addon that is there is put aside meanwhile and comes back afterwards.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeNoArguments } from './command-line.mjs';
import { compileAddon, findCompiler } from './cxx.mjs';
import addonFacts from './native-addon.cjs';
import { acquireLock } from './setup-lock.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const { addonFolder, sourcesHash } = addonFacts;

const FLAGS = [
  ...['-fsanitize=address,undefined', '-fno-sanitize=vptr', '-fno-sanitize-recover=undefined'],
  ...['-O1', '-g', '-fno-omit-frame-pointer'],
];

/** Every operation of the addon, its refusals, TensorFlow.js's own tests, and whole networks as plans. */
const TESTS = [
  ...['binary', 'convolution', 'element-wise', 'layout', 'mat-mul', 'pooling', 'reduction', 'training-step'].map(
    (kernel) => `dist/lib/backend/onednn/kernels/${kernel}.test.js`,
  ),
  'dist/lib/backend/onednn/hostile-arguments.test.js',
  'dist/lib/backend/onednn/whole-networks.test.js',
  'dist/lib/backend/op-suite/op-suite.test.js',
  'dist/lib/surgery/passes/network-plan.test.js',
  'dist/lib/training/planned-training.test.js',
].filter((file) => fs.existsSync(path.join(root, file)));

async function main() {
  const target = addonFolder(root);
  const record = path.join(target, 'build.json');
  if (process.platform !== 'linux' || !fs.existsSync(record) || TESTS.length < 5) {
    console.error('Expected Linux, the native backend and a build: npm run build:native && npm run build');
    return 1;
  }
  const [compiler] = findCompiler() ?? [];
  if (compiler === undefined) {
    console.error('Expected a C++ compiler, found none.');
    return 1;
  }
  const library = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
  if (!path.isAbsolute(library)) {
    console.error(`${compiler} has no libasan.so, which comes with GCC.`);
    return 1;
  }
  const release = await acquireLock(path.join(root, '.build', 'setup.lock'));
  const [sanitized, plain] = [`${target}.sanitized`, `${target}.plain`];
  try {
    fs.rmSync(sanitized, { recursive: true, force: true });
    fs.mkdirSync(sanitized, { recursive: true });
    await compileAddon(root, sanitized, process.env, FLAGS);
    const { size } = fs.statSync(path.join(sanitized, 'modulab.node'));
    const facts = { ...JSON.parse(fs.readFileSync(record, 'utf8')), size, sources: sourcesHash(root) };
    fs.writeFileSync(path.join(sanitized, 'build.json'), JSON.stringify(facts));
    fs.renameSync(target, plain);
    fs.renameSync(sanitized, target);
    try {
      // Node itself keeps what it allocates once; large allocations are asked for by tests of refusals.
      const options = 'detect_leaks=0:allocator_may_return_null=1:alloc_dealloc_mismatch=0';
      const env = { ...process.env, LD_PRELOAD: library, ASAN_OPTIONS: options, UBSAN_OPTIONS: 'print_stacktrace=1' };
      return spawnSync(process.execPath, ['--test', ...TESTS], { cwd: root, env, stdio: 'inherit' }).status ?? 1;
    } finally {
      fs.rmSync(target, { recursive: true, force: true });
      fs.renameSync(plain, target);
    }
  } finally {
    fs.rmSync(sanitized, { recursive: true, force: true });
    await release();
  }
}

takeNoArguments(`Usage: npm run sanitize
  The native backend's tests once more, with its addon under AddressSanitizer and UndefinedBehaviorSanitizer (GCC, Linux).
  Wants npm run build:native && npm run build before.`);
process.exitCode = await main();
