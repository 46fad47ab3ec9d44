import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { commandLine } from '../../run/installation/command-line.js';
import { projectFolder } from '../../run/project-folder.js';
import type { Addon } from './addon.js';

const load = createRequire(__filename);

/** Why the addon cannot be used here: a clause for the user. */
export class AddonError extends Error {
  override name = 'AddonError';
}

/** kernel-config/setup/native-addon.cjs, which the build uses as well. */
interface AddonFacts {
  addonFolder: (root: string) => string;
  failureFile: (root: string) => string;
  PACKAGES: string;
  sourcesHash: (root: string) => string | undefined;
  processorFeatures: () => string[];
}

/** What the build leaves beside the addon. */
interface BuildRecord {
  sources: string;
  size: number;
  platform: string;
  arch: string;
  /** What the code may ask of the processor. */
  features: string[];
  napi: number;
}

const build = (): string => commandLine('build-native');

/**
 * Loads the addon after making sure that it was built completely, from the present sources, and for a processor that can do no
 * more than this one: code that was not would end the process.
 * @param root the project's folder
 * @throws AddonError
 */
export function loadAddon(root = projectFolder()): Addon {
  if (process.env.MODULAB_NATIVE === '0') throw new AddonError('left out by MODULAB_NATIVE=0');
  const facts = load(path.join(projectFolder(), 'kernel-config/setup/native-addon.cjs')) as AddonFacts;
  const file = path.join(facts.addonFolder(root), 'modulab.node');
  if (!fs.existsSync(file)) throw new AddonError(whyNotBuilt(root, facts));
  const size = fs.statSync(file).size;
  const record = readRecord(path.join(facts.addonFolder(root), 'build.json'));
  if (record?.size !== size) throw new AddonError(`built by halves; ${build()}`);
  const { platform, arch, versions } = process;
  if (record.platform !== platform || record.arch !== arch) {
    throw new AddonError(`built for ${record.platform} ${record.arch}, not for ${platform} ${arch}; ${build()}`);
  }
  if (Number(versions.napi) < record.napi) throw new AddonError(`needs a newer Node.js than ${versions.node}`);
  const available = new Set(facts.processorFeatures());
  const missing = record.features.filter((feature) => !available.has(feature));
  if (missing.length > 0) {
    throw new AddonError(`built for another processor, with ${missing.slice(0, 3).join(', ')}; ${build()}`);
  }
  const sources = facts.sourcesHash(root);
  if (sources !== undefined && sources !== record.sources) {
    throw new AddonError(`built from other sources than these; ${build()}`);
  }
  try {
    return withPatientThreads(() => load(file) as Addon);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new AddonError(`does not load: ${reason.replaceAll(file, 'modulab.node').slice(0, 100)}; ${build()}`);
  }
}

/**
 * Runs `body`, which loads OpenMP, with threads that sleep while they wait for work, unless OMP_WAIT_POLICY says otherwise.
 * By default they spin: on an idle machine a training step is some 10 % quicker, but where another process wants the cores
 * it takes ten times as long. OpenMP reads the variable once; child processes are not to inherit our choice.
 */
function withPatientThreads<T>(body: () => T): T {
  if (process.env.OMP_WAIT_POLICY !== undefined || process.env.GOMP_SPINCOUNT !== undefined) return body();
  process.env.OMP_WAIT_POLICY = 'passive';
  try {
    return body();
  } finally {
    delete process.env.OMP_WAIT_POLICY;
  }
}

function readRecord(file: string): BuildRecord | undefined {
  try {
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<BuildRecord>;
    return Array.isArray(record.features) ? (record as BuildRecord) : undefined;
  } catch {
    return undefined;
  }
}

function whyNotBuilt(root: string, { failureFile, PACKAGES }: AddonFacts): string {
  if (!['linux', 'darwin'].includes(process.platform)) return 'only for Linux and macOS';
  let reason: string | undefined;
  try {
    reason = (JSON.parse(fs.readFileSync(failureFile(root), 'utf8')) as { reason: string }).reason;
  } catch {
    // never tried
  }
  if (reason === undefined) return `not built; ${build()}`;
  // What can be installed is the first thing to know; other reasons are for the command to explain.
  const install = /compiler|oneDNN's/.test(reason) && !reason.includes(': ') ? ` (${PACKAGES})` : '';
  return `not built: ${reason}${install}; ${build()}`;
}
