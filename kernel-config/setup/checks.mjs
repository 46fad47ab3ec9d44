// What reads the sources and needs nothing built.
//   node kernel-config/setup/checks.mjs lint|format|typecheck
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeNoArguments } from './command-line.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(path.join(root, 'package.json'));

/** @type {Readonly<Record<string, { usage: string, tools: string[][] }>>} */
const CHECKS = {
  lint: {
    usage: `Usage: npm run lint
  ESLint, Prettier, and Knip for exports that nobody uses.`,
    tools: [
      ['eslint', '.', '--max-warnings', '0'],
      ['prettier', '--check', '.'],
      ['knip', '--no-progress'],
    ],
  },
  format: {
    usage: `Usage: npm run format
  Repairs what ESLint and Prettier can repair by themselves.`,
    tools: [
      ['eslint', '.', '--fix'],
      ['prettier', '--write', '.'],
    ],
  },
  typecheck: {
    usage: `Usage: npm run typecheck
  Compiles everything and writes nothing; then once more what tsconfig.strict.json holds to more.`,
    tools: [['typescript', '-p', '.', '--noEmit'], ['./typecheck-strictly.mjs']],
  },
};

/**
 * The program of a package, or a file beside this one; TypeScript's is called tsc.
 * @param {string} name
 * @returns {string}
 */
function programOf(name) {
  if (name.startsWith('./')) return path.join(path.dirname(fileURLToPath(import.meta.url)), name);
  // Not resolved as a module: a package may not export its own description.
  const file = path.join(root, 'node_modules', name, 'package.json');
  const { bin } = require(file);
  return path.join(path.dirname(file), typeof bin === 'string' ? bin : (bin.tsc ?? bin[name]));
}

const [name = '', ...args] = process.argv.slice(2);
const check = CHECKS[name];
if (!check) throw new Error(`Expected one of ${Object.keys(CHECKS).join(', ')}, got '${name}'.`);
takeNoArguments(check.usage, args);
for (const [tool = '', ...rest] of check.tools) {
  const { status } = spawnSync(process.execPath, [programOf(tool), ...rest], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    process.exitCode = 1;
    break;
  }
}
