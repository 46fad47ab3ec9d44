import os from 'node:os';

/** One figure; `peer` and `ratio` (> 1: we are faster) where a peer ran interleaved with ours. */
export interface BenchRow {
  case: string;
  backend: string;
  value: number;
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

const RUNS = 5;

/**
 * Medians of at least five runs after a warm-up, more for short ones; ours and the peer's in turn.
 */
export async function timeInTurn(ours: () => void | Promise<void>, peer?: () => Promise<number>): Promise<Timing> {
  const seconds = async (): Promise<number> => {
    const start = performance.now();
    await ours();
    return (performance.now() - start) / 1000;
  };
  const warmUp = Math.max(await seconds(), 1e-4);
  for (let spent = warmUp; spent < 0.3; spent += await seconds());
  await peer?.();
  const runs = Math.max(RUNS, Math.min(30, Math.ceil(0.5 / warmUp)));
  const [mine, theirs]: number[][] = [[], []];
  for (let i = 0; i < runs; i++) {
    mine.push(await seconds());
    if (peer) theirs.push(await peer());
  }
  return { ours: median(mine), ...(peer ? { peer: median(theirs) } : {}) };
}

/** A row in units per second, from work per run and seconds per run. */
export function rateRow(name: string, backend: string, work: number, unit: string, timing: Timing): BenchRow {
  const value = work / timing.ours;
  if (timing.peer === undefined) return { case: name, backend, value, unit };
  return { case: name, backend, value, unit, peer: work / timing.peer, ratio: timing.peer / timing.ours };
}
