import { OptionError } from '../errors.js';
import { BACKEND_NAMES, type BackendCandidate, type BackendHost, type BackendName, firstLine } from './candidate.js';
import { cpuCandidate } from './candidates/cpu.js';
import { oneDnnCandidate } from './candidates/onednn.js';
import { tfjsNodeCandidate, tfjsNodeGpuCandidate } from './candidates/tfjs-node.js';
import { wasmCandidate } from './candidates/wasm.js';
import { webgpuCandidate } from './candidates/webgpu.js';
import { nodeHost } from './node-host.js';

/** Fastest first. */
const CANDIDATES: readonly BackendCandidate[] = [
  tfjsNodeGpuCandidate,
  tfjsNodeCandidate,
  oneDnnCandidate,
  wasmCandidate,
  cpuCandidate,
  webgpuCandidate,
];

/** What {@link openBackend} can be told. */
export interface OpenBackendOptions {
  /** The backend to try first. The environment variable MODULAB_BACKEND has precedence. */
  prefer?: BackendName;
  /**
   * Threads of the onednn backend in this thread of JavaScript; the others take no notice. Default: one per core, or
   * OMP_NUM_THREADS. Never more than there are cores, nor than OMP_THREAD_LIMIT and the system allow; the report's note says
   * how many there are. Worker threads that compute at the same time are faster with one each.
   */
  threads?: number;
  /** Prints nothing. */
  quiet?: boolean;
}

/** Which backend computes, and why the faster ones do not. */
export interface BackendReport {
  name: BackendName;
  version: string;
  /** A remark on the backend that was opened. */
  note?: string;
  /** The backends that were tried before it, and why they cannot be used. */
  skipped: { name: BackendName; reason: string }[];
}

/** openBackend on a given machine. */
export function backendOpener(host: BackendHost): (options?: OpenBackendOptions) => Promise<BackendReport> {
  let opened: { choice: BackendName | undefined; tfjsName: string; report: BackendReport } | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function open(options: OpenBackendOptions): Promise<BackendReport> {
    const choice = chosenName(options, host);
    const { threads } = options;
    if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
      throw new OptionError(`option 'threads': expected a whole number from 1 on, got ${threads}`);
    }
    const stillOpen = opened !== undefined && host.activeName() === opened.tfjsName;
    const fits = choice === undefined || choice === opened?.choice || choice === opened?.report.name;
    if (opened && stillOpen && fits && threads === undefined) {
      return opened.report;
    }
    const wanted = CANDIDATES.filter((c) => c.name === choice);
    const others = CANDIDATES.filter((c) => c.name !== choice && !c.onRequestOnly);
    const skipped: BackendReport['skipped'] = [];
    for (const candidate of [...wanted, ...others]) {
      try {
        const report = { name: candidate.name, ...(await candidate.open(host, options.threads)), skipped };
        opened = { choice, tfjsName: candidate.tfjsName, report };
        if (options.quiet !== true) host.print(describe(report, choice));
        return report;
      } catch (error) {
        skipped.push({ name: candidate.name, reason: firstLine(error) });
      }
    }
    throw new Error(`no tfjs backend could be opened: ${describeSkipped(skipped)}`);
  }

  return (options = {}) => {
    const result = queue.then(() => open(options));
    queue = result.catch(() => undefined);
    return result;
  };
}

/**
 * Opens the fastest tfjs backend that works here: tfjs-node-gpu, tfjs-node, onednn, wasm, then cpu. WebGPU only if asked for.
 * Prints one line naming it and why the faster ones are not available. A backend that is asked for but not available is
 * replaced by the next best. Later calls without a preference keep what is open.
 * @throws OptionError if `prefer` or MODULAB_BACKEND is not the name of a backend, or `threads` not a number of them
 * @example
 * const { name } = await openBackend({ quiet: true });
 * console.log(`computing with ${name}`);
 */
export const openBackend = backendOpener(nodeHost);

function chosenName(options: OpenBackendOptions, host: BackendHost): BackendName | undefined {
  const fromEnvironment = host.environmentChoice !== undefined && host.environmentChoice !== '';
  const name = fromEnvironment ? host.environmentChoice : options.prefer;
  if (name === undefined) return undefined;
  const known = BACKEND_NAMES.find((n) => n === name);
  if (known === undefined) {
    const source = fromEnvironment ? 'environment variable MODULAB_BACKEND' : "option 'prefer'";
    throw new OptionError(`${source}: unknown backend '${name}'; expected one of ${BACKEND_NAMES.join(', ')}`);
  }
  return known;
}

function describe(report: BackendReport, choice: BackendName | undefined): string {
  const what = `modulab computes with ${report.name} ${report.version}`;
  const remarks = [report.note, describeSkipped(report.skipped)].filter((r) => r !== undefined && r !== '');
  const asked = choice !== undefined && choice !== report.name ? `, not with ${choice} as asked` : '';
  return `${what}${asked}${remarks.length > 0 ? ` (${remarks.join('; ')})` : ''}`;
}

const describeSkipped = (skipped: BackendReport['skipped']): string =>
  skipped.map((s) => `${s.name}: ${s.reason}`).join('; ');
