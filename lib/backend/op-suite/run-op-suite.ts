import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../../run/project-folder.js';
import { bundleOpSuite } from './bundle.js';

/** What the suite runs on: tfjs's cpu backend, its wasm backend as published, that with modulab's kernels, or oneDNN. */
export const SUITE_MODES = ['cpu', 'stock-wasm', 'wasm', 'onednn'] as const;
export type SuiteMode = (typeof SUITE_MODES)[number];

export interface SpecResult {
  name: string;
  passed: boolean;
  /** First line of the first failed expectation. */
  message?: string;
}

/** Names of the specs that are known to fail, per mode. */
export type ExpectedFailures = Record<SuiteMode, string[]>;

export const expectedFailuresFile = (): string =>
  path.join(projectFolder(), 'lib/backend/op-suite/expected-failures.json');

export const readExpectedFailures = (): ExpectedFailures =>
  JSON.parse(fs.readFileSync(expectedFailuresFile(), 'utf8')) as ExpectedFailures;

/**
 * Runs tfjs-core's op tests in a process of their own.
 * @param filter regular expression on full spec names; default: all
 */
export async function runOpSuite(mode: SuiteMode, filter = ''): Promise<SpecResult[]> {
  const suite = await bundleOpSuite();
  const outfile = path.join(path.dirname(suite), `${mode}-${process.pid}.json`);
  const child = spawn(process.execPath, [suite, mode, outfile, filter], {
    cwd: projectFolder(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  await once(child, 'close');
  if (!fs.existsSync(outfile)) throw new Error(`the op suite ended without results on ${mode}:\n${stderr}`);
  const results = JSON.parse(fs.readFileSync(outfile, 'utf8')) as SpecResult[];
  fs.rmSync(outfile);
  return results;
}

/** The names that `results` has as passed or failed; the backend's name in a spec's name is left out. */
export function specNames(results: readonly SpecResult[], passed: boolean): Set<string> {
  return new Set(results.filter((r) => r.passed === passed).map((r) => canonicalName(r.name)));
}

/** 'conv2d wasm {} x=…' and 'conv2d cpu {} x=…' are the same spec. */
export const canonicalName = (name: string): string => name.replace(/ (?:cpu|wasm|onednn) \{\} /, ' ');
