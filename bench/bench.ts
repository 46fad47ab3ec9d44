import os from 'node:os';
import type { PeerTime } from './python-peer.js';

/** One number; `peer` and `ratio` (> 1: we are faster) where a peer ran interleaved with ours. */
export interface BenchRow {
  case: string;
  backend: string;
  value: number;
  /** Standard deviation of the runs that `value` is the mean of. */
  deviation?: number;
  unit: string;
  peer?: number;
  ratio?: number;
  /** The same ratio by processor time of all threads, which other work on the machine changes less. */
  cpuRatio?: number;
}

export interface BenchResult {
  bench: string;
  machine: string;
  rows: BenchRow[];
}

export const machine = (): string =>
  `${os.cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${os.availableParallelism()} cores, Node ${process.versions.node}`;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export interface Timing {
  /** Median seconds per run. */
  ours: number;
  peer?: number;
  /** Least processor time of a run, of all threads. */
  oursCpu?: number;
  peerCpu?: number;
}

const TURNS = 5;
/** Shortest time that is measured in a turn (s). */
const TURN = 0.1;
/**
 * What a turn starts with and does not count (s): after the other's turn caches are cold, and its threads go on spinning
 * for some milliseconds on the cores that this one needs.
 */
const SETTLE = 0.05;

/** Medians of at least five runs after a warm-up; ours and the peer's in turn. */
export async function timeInTurn(
  ours: () => void | Promise<void>,
  peer?: () => Promise<PeerTime | number | undefined>,
): Promise<Timing> {
  const timed = async (): Promise<PeerTime> => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await ours();
    const used = process.cpuUsage(cpu);
    return { seconds: (performance.now() - start) / 1000, cpuSeconds: (used.user + used.system) / 1e6 };
  };
  const timedPeer = async (): Promise<PeerTime | undefined> => {
    const time = await peer?.();
    return typeof time === 'number' ? { seconds: time, cpuSeconds: NaN } : time;
  };
  const other = (await timedPeer()) && (async () => (await timedPeer())!);
  for (const run of [timed, other]) if (run) await forAtLeast(0.3, run);
  const [mine, theirs]: PeerTime[][] = [[], []];
  for (let i = 0; i < TURNS; i++) {
    mine.push(...(await turn(timed)));
    if (other) theirs.push(...(await turn(other)));
  }
  const [seconds, cpu] = [(times: PeerTime[]) => median(times.map((t) => t.seconds)), leastCpu];
  return {
    ours: seconds(mine),
    oursCpu: cpu(mine),
    ...(other ? { peer: seconds(theirs), peerCpu: cpu(theirs) } : {}),
  };
}

/** Of runs in a row, whose clock may be coarser than one of them: the least of their means. */
function leastCpu(times: readonly PeerTime[]): number {
  const size = Math.ceil(times.length / TURNS);
  const means = Array.from({ length: Math.ceil(times.length / size) }, (_, i) => times.slice(i * size, (i + 1) * size));
  return Math.min(...means.map((part) => part.reduce((sum, t) => sum + t.cpuSeconds, 0) / part.length));
}

async function turn(run: () => Promise<PeerTime>): Promise<PeerTime[]> {
  await forAtLeast(SETTLE, run);
  return forAtLeast(TURN, run);
}

/** Times of each run, until they add up to `total`. */
async function forAtLeast(total: number, run: () => Promise<PeerTime>): Promise<PeerTime[]> {
  const runs: PeerTime[] = [];
  for (let spent = 0; spent < total; spent += runs[runs.length - 1].seconds) runs.push(await run());
  return runs;
}

/** A row in units per second, from work per run and seconds per run. */
export function rateRow(name: string, backend: string, work: number, unit: string, timing: Timing): BenchRow {
  const value = work / timing.ours;
  if (timing.peer === undefined) return { case: name, backend, value, unit };
  return {
    ...{ case: name, backend, value, unit, peer: work / timing.peer, ratio: timing.peer / timing.ours },
    ...(Number.isFinite(timing.peerCpu) ? { cpuRatio: timing.peerCpu! / timing.oursCpu! } : {}),
  };
}
