import os from 'node:os';
import * as tf from '../tf.js';
import { packageVersion } from './package-version.js';
import { writeFileAtomically } from './write-file.js';

/** Everything needed to repeat a run. Plain data. */
export interface RunManifest {
  readonly task: string;
  readonly createdAt: string;
  readonly versions: { readonly modulab: string; readonly tfjs: string; readonly node: string };
  readonly backend: string;
  readonly platform: string;
  readonly seed: number;
  readonly options: unknown;
  /** File name → sha256, or what a rendered set was made from. */
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Describes a run on the current backend. `options` must be JSON-serialisable; functions and signals are left out.
 * @example
 * const manifest = runManifest({ task: 'my run', seed: 1, options: { epochs: 12 }, data: data.provenance });
 * console.log(manifest.backend, manifest.versions.modulab);
 */
export function runManifest(run: {
  task: string;
  seed: number;
  options: unknown;
  data: Readonly<Record<string, string>>;
}): RunManifest {
  return {
    task: run.task,
    createdAt: new Date().toISOString(),
    versions: { modulab: packageVersion(), tfjs: tf.version_core, node: process.version },
    backend: tf.getBackend(),
    platform: `${process.platform}-${process.arch}, ${os.cpus().length} processors`,
    seed: run.seed,
    options: JSON.parse(JSON.stringify(run.options ?? null)) as unknown,
    data: run.data,
  };
}

/** Writes a manifest as JSON; a reader never sees half of it. */
export function writeManifest(file: string, manifest: RunManifest): void {
  writeFileAtomically(file, JSON.stringify(manifest, null, 2) + '\n');
}
