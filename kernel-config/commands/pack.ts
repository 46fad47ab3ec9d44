// npm run pack: the package as it will be published, to out/package, and its tarball
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadAddon } from '../../lib/backend/onednn/addon-file.js';
import { ModulabError } from '../../lib/errors.js';
import { packageVersion } from '../../lib/run/package-version.js';
import { writeFileAtomically } from '../../lib/run/write-file.js';
import { judgePackage } from '../packing/judge-package.js';
import { tarball } from '../packing/tarball.js';
import { tryPackage } from '../packing/try-package.js';
import { writePackage } from '../packing/write-package.js';
import { projectRoot } from '../session/project-root.js';
import { requireNothing, runCommand } from './run-command.js';

/** Bytes of the tarball, by which a package is known to have grown something that it should not. */
const MOST_BYTES = 1e6;

/** Bytes that an installation may take. */
const MOST_INSTALLED = 130e6;

/** README's program: its first block in TypeScript. */
function readmeProgram(): string {
  const readme = fs.readFileSync(path.join(projectRoot, 'README.md'), 'utf8');
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  if (program === undefined) throw new ModulabError('README.md has no block of TypeScript.');
  return program;
}

/** Whether the addon could be built in this clone. */
function hasNative(): boolean {
  try {
    loadAddon();
    return true;
  } catch {
    return false;
  }
}

async function tryOut(tarFile: string): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-package-'));
  try {
    const { bytes, packages, steps } = await tryPackage(tarFile, folder, readmeProgram(), hasNative());
    for (const [name, seconds] of steps) console.log(`  ${seconds.toFixed(1).padStart(5)} s  ${name}`);
    console.log(`${(bytes / 1e6).toFixed(0)} MB installed, ${packages} packages`);
    if (bytes > MOST_INSTALLED) throw new ModulabError(`Expected at most ${MOST_INSTALLED / 1e6} MB to be installed.`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

runCommand({
  usage: `Usage: npm run pack [-- --try]
  The package that people install: written to out/package, judged by publint and attw, and packed as out/modulab-VERSION.tgz.
  --try   and installed into an empty folder, where README's program is run as ES module, CommonJS and TypeScript`,
  options: { try: { type: 'boolean' } },
  async run({ positionals, values }) {
    requireNothing(positionals);
    const out = path.join(projectRoot, 'out');
    const folder = path.join(out, 'package');
    const files = writePackage(projectRoot, folder);
    const tarFile = path.join(out, `modulab-${packageVersion()}.tgz`);
    writeFileAtomically(tarFile, await tarball(folder, files));
    const { size } = fs.statSync(tarFile);
    const problems = await judgePackage(folder, tarFile);
    for (const problem of problems) console.error(problem);
    if (size > MOST_BYTES) throw new ModulabError(`${tarFile}: expected at most ${MOST_BYTES} bytes, got ${size}.`);
    if (problems.length > 0) throw new ModulabError(`publint and attw found ${problems.length} problems.`);
    console.log(`${path.relative('', tarFile)}: ${(size / 1e6).toFixed(2)} MB, ${files.length} files`);
    if (values.try) await tryOut(tarFile);
  },
});
