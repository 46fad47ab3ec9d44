import type { ModuleRunner } from '../../../surgery/modules/module-runner.js';
import type { RaceStation } from '../options.js';
import { type Candidate, isComplete, newCandidate, toBits } from './candidate.js';
import type { Encoding } from './encoding.js';
import type { Chromosome } from './population.js';
import type { SurrogateFitness } from './surrogate-fitness.js';

export interface GenerationToEvaluate {
  readonly populations: readonly (readonly Chromosome[])[];
  readonly encoding: Encoding;
  readonly images: number;
  readonly runner: Pick<ModuleRunner, 'run'>;
  /** Per class the complete candidates that are known already, by their bits; null evaluates every row on its own. */
  readonly known: readonly ReadonlyMap<string, Candidate>[] | null;
  /** Null lets every candidate see all images. The first `elites` rows never race. */
  readonly race: {
    readonly stations: readonly RaceStation[];
    readonly surrogate: SurrogateFitness;
    readonly elites: number;
  } | null;
  readonly check: () => void;
  /** Called with the share of the work that is done, 0–1. */
  readonly onShare: (share: number) => void;
}

export interface EvaluatedGeneration {
  /** Per class and row; rows with the same bits may be the same object. */
  readonly candidates: readonly (readonly Candidate[])[];
  /** Candidates that were run, and those of them that dropped out of the race. */
  readonly evaluations: number;
  readonly dropped: number;
}

interface Runner {
  readonly candidate: Candidate;
  readonly classIndex: number;
  readonly bits: string;
  races: boolean;
}

/** Runs a generation's modules over the images, all classes together. */
export async function evaluateGeneration(generation: GenerationToEvaluate): Promise<EvaluatedGeneration> {
  const { encoding, images, known, race } = generation;
  const fresh: Runner[] = [];
  const candidates = generation.populations.map((population, classIndex) => {
    const own = new Map<string, Runner>();
    return population.map((chromosome, row) => {
      const bits = toBits(chromosome);
      const races = race !== null && row >= race.elites;
      const before = known?.[classIndex].get(bits);
      if (before) return before;
      const twin = known && own.get(bits);
      if (twin) {
        twin.races &&= races;
        return twin.candidate;
      }
      const entry = { candidate: newCandidate(chromosome, encoding, classIndex, images), classIndex, bits, races };
      own.set(bits, entry);
      fresh.push(entry);
      return entry.candidate;
    });
  });
  // Modules with the same first layers stand together: the runner shares what they have in common.
  fresh.sort((a, b) => a.classIndex - b.classIndex || (a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0));

  const stops = stopsOf(race?.stations ?? [], images);
  const work = expectedWork(fresh, stops, race?.stations ?? [], images);
  let workDone = 0;
  let running: readonly Runner[] = fresh;
  let from = 0;
  for (const [station, to] of [...stops, images].entries()) {
    if (to === from || running.length === 0) continue;
    const order = Int32Array.from({ length: to - from }, (_, i) => from + i);
    const modules = running.map(({ candidate: { selection }, classIndex }) => ({ selection, classIndex }));
    const logits = await generation.runner.run(modules, order, generation.check, (done) =>
      generation.onShare((workDone + done * (to - from)) / work),
    );
    running.forEach(({ candidate }, i) => {
      candidate.logits.set(logits[i], from);
      candidate.seen = to;
    });
    workDone += running.length * (to - from);
    from = to;
    if (race && station < stops.length) running = survivors(running, race.stations[station].keep, race.surrogate);
  }
  return {
    candidates,
    evaluations: fresh.length,
    dropped: fresh.filter(({ candidate }) => !isComplete(candidate)).length,
  };
}

/** Images that have been seen at every station. */
export const stopsOf = (stations: readonly RaceStation[], images: number): number[] =>
  stations.map((station) => Math.max(1, Math.floor(station.images * images)));

/** Those who go on: all who do not race, and of every class's racers the best share, at least one. */
function survivors(running: readonly Runner[], keep: number, surrogate: SurrogateFitness): Runner[] {
  const classes = [...new Set(running.map(({ classIndex }) => classIndex))];
  const staying = new Set(
    classes.flatMap((c) => {
      const racers = running.filter(({ classIndex, races }) => races && classIndex === c);
      const scored = racers.map((runner, place) => ({ runner, place, score: surrogate(runner.candidate, c) }));
      scored.sort((a, b) => b.score - a.score || a.place - b.place);
      return scored.slice(0, Math.ceil(keep * racers.length)).map(({ runner }) => runner);
    }),
  );
  return running.filter((runner) => !runner.races || staying.has(runner));
}

/** Modules × images that the race will take. */
function expectedWork(
  fresh: readonly Runner[],
  stops: readonly number[],
  stations: readonly RaceStation[],
  images: number,
): number {
  const racers = new Map<number, number>();
  for (const { classIndex, races } of fresh) if (races) racers.set(classIndex, (racers.get(classIndex) ?? 0) + 1);
  let work = fresh.filter(({ races }) => !races).length * images;
  for (let left of racers.values()) {
    let from = 0;
    for (const [station, to] of [...stops, images].entries()) {
      work += left * (to - from);
      from = to;
      if (station < stations.length) left = Math.ceil(stations[station].keep * left);
    }
  }
  return Math.max(1, work);
}
