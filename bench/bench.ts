import os from 'node:os';

/** One figure; `peer` and `ratio` (> 1: we are faster) where a peer ran interleaved with ours. */
export interface BenchRow {
  case: string;
  backend: string;
  value: number;
  /** Standard deviation of the runs that `value` is the mean of. */
  deviation?: number;
  unit: string;
  peer?: number;
  ratio?: number;
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
export async function timeInTurn(ours: () => void | Promise<void>, peer?: () => Promise<number>): Promise<Timing> {
  const seconds = async (): Promise<number> => {
    const start = performance.now();
    await ours();
    return (performance.now() - start) / 1000;
  };
  for (const run of [seconds, peer]) if (run) await forAtLeast(0.3, run);
  const [mine, theirs]: number[][] = [[], []];
  for (let i = 0; i < TURNS; i++) {
    mine.push(...(await turn(seconds)));
    if (peer) theirs.push(...(await turn(peer)));
  }
  return { ours: median(mine), ...(peer ? { peer: median(theirs) } : {}) };
}

async function turn(run: () => Promise<number>): Promise<number[]> {
  await forAtLeast(SETTLE, run);
  return forAtLeast(TURN, run);
}

/** Seconds of each run, until they add up to `total`. */
async function forAtLeast(total: number, run: () => Promise<number>): Promise<number[]> {
  const runs: number[] = [];
  for (let spent = 0; spent < total; spent += runs[runs.length - 1]) runs.push(await run());
  return runs;
}

/** A row in units per second, from work per run and seconds per run. */
export function rateRow(name: string, backend: string, work: number, unit: string, timing: Timing): BenchRow {
  const value = work / timing.ours;
  if (timing.peer === undefined) return { case: name, backend, value, unit };
  return { case: name, backend, value, unit, peer: work / timing.peer, ratio: timing.peer / timing.ours };
}
