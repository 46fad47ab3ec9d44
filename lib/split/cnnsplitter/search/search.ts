import type { MT19937 } from '../../../run/mt19937.js';
import type { ModuleRunner } from '../../../surgery/modules/module-runner.js';
import { fitScaleAndBias, type ScaleAndBias } from '../../../surgery/modules/scale-and-bias.js';
import type { GenerationRecord } from '../../search-history.js';
import type { CnnSplitterSettings } from '../options.js';
import { nextPopulation, rankByFitness } from './breeding.js';
import { type Candidate, fromBits, isComplete, newCandidate, toBits } from './candidate.js';
import type { Encoding } from './encoding.js';
import { evaluateGeneration } from './evaluate-generation.js';
import { createGenerators, restoreGenerators, saveGenerators } from './generators.js';
import type { Chromosome } from './population.js';
import type { SearchState } from './search-checkpoint.js';
import { createSurrogateFitness } from './surrogate-fitness.js';
import { tournament } from './tournament.js';

/** What a search works on. */
export interface SearchTask {
  readonly settings: CnnSplitterSettings;
  readonly seed: number;
  readonly classNames: readonly string[];
  /** Class index of every image of the search. */
  readonly labels: Int32Array;
  readonly encoding: Encoding;
  /** The first `settings.population` individuals of a class; draws only from the generator given. */
  readonly firstPopulation: (classIndex: number, rng: MT19937) => readonly Chromosome[];
  readonly runner: ModuleRunner;
  /** Goes on from here. */
  readonly saved?: SearchState | null;
  /** Called many times with the number of the generation under way; throws to stop. */
  readonly check?: (generation: number) => void;
  /** Called with the candidates that are done of `settings.population` × classes. */
  readonly onCandidates?: (generation: number, done: number) => void;
}

/** The best combination so far. */
export interface Champion {
  readonly record: GenerationRecord;
  /** One per class. */
  readonly chromosomes: readonly Chromosome[];
}

/** A search that is taken generation by generation. */
export interface Search {
  readonly history: readonly GenerationRecord[];
  readonly champion: Champion | null;
  /** Whether all generations are done, or the score has not grown for `earlyStop` of them. */
  readonly finished: boolean;
  /** Evaluates the next generation and breeds the one after it. */
  step(): Promise<GenerationRecord>;
  /** Everything that a later call needs to go on after the last step. */
  save(): SearchState;
}

/** CNNSplitter's genetic search (spec cnnsplitter §2.5–2.9), without what prepares and follows it. */
export function createSearch(task: SearchTask): Search {
  const { settings, classNames, labels, encoding, saved } = task;
  const generators = createGenerators(task.seed, classNames, settings.seeds);
  let populations: readonly (readonly Chromosome[])[] = saved
    ? saved.populations.map((population) => population.map(fromBits))
    : generators.breeding.map((rng, c) => task.firstPopulation(c, rng));
  if (saved) restoreGenerators(generators, saved.generators);
  let accuracyWeight = saved?.accuracyWeight ?? settings.alpha;
  let champion: Champion | null = saved?.champion
    ? { record: saved.champion.record, chromosomes: saved.champion.chromosomes.map(fromBits) }
    : null;
  const history: GenerationRecord[] = [...(saved?.history ?? [])];
  /** What makes the classes' logits comparable, where the modules get such a thing after cutting, too. */
  let calibration: ScaleAndBias | null = saved?.calibration ?? null;
  const runner: Pick<ModuleRunner, 'run'> = {
    async run(modules, ...rest) {
      const all = await task.runner.run(modules, ...rest);
      return all.map((logits, i) => calibrated(logits, modules[i].classIndex, calibration));
    },
  };
  /** Per class: last generation's elites, by their bits. Null until a resumed search has run them again. */
  let elites: readonly Map<string, Candidate>[] | null = saved ? null : classNames.map(() => new Map());

  /** Runs candidates over all images, one list per class. They are no evaluations of a generation. */
  const runOverAll = async (candidates: readonly (readonly Candidate[])[], check: () => void): Promise<void> => {
    const all = candidates.flatMap((row, classIndex) => row.map((candidate) => ({ candidate, classIndex })));
    const modules = all.map(({ candidate: { selection }, classIndex }) => ({ selection, classIndex }));
    const logits = await runner.run(modules, Int32Array.from(labels.keys()), check);
    all.forEach(({ candidate }, i) => {
      candidate.logits.set(logits[i]);
      candidate.seen = labels.length;
    });
  };

  /** What a checkpoint does not hold: the elites' logits. */
  const rerunElites = async (check: () => void): Promise<Map<string, Candidate>[]> => {
    const known = saved!.elites.map((bits, c) =>
      bits.map((own) => newCandidate(fromBits(own), encoding, c, labels.length)),
    );
    await runOverAll(known, check);
    return known.map((row) => new Map(row.map((candidate) => [toBits(candidate.chromosome), candidate])));
  };

  /** Runs one candidate per class over all images, before the first generation. */
  const runFirst = async (chromosomes: readonly Chromosome[], check: () => void): Promise<Candidate[]> => {
    const candidates = chromosomes.map((bits, c) => newCandidate(bits, encoding, c, labels.length));
    await runOverAll(
      candidates.map((candidate) => [candidate]),
      check,
    );
    return candidates;
  };

  /**
   * What the budgets keep, run and known from then on; with a scale and a bias per class where modules get them after
   * cutting: without, the search would choose for logits that happen to be comparable.
   */
  const budgetedModules = async (check: () => void): Promise<Candidate[]> => {
    const candidates = await runFirst(
      populations.map(([first]) => first),
      check,
    );
    if (settings.finish) {
      const classes = candidates.length;
      const scores = new Float32Array(classes * labels.length);
      candidates.forEach(({ logits }, c) => logits.forEach((z, image) => (scores[image * classes + c] = z)));
      calibration = fitScaleAndBias(scores, labels, classes);
      candidates.forEach(({ logits }, c) => logits.set(calibrated(logits, c, calibration)));
    }
    elites = candidates.map((candidate) => new Map([[toBits(candidate.chromosome), candidate]]));
    return candidates;
  };

  const step = async (): Promise<GenerationRecord> => {
    const startedAt = performance.now();
    const generation = history.length;
    const check = () => task.check?.(generation);
    const weights = { accuracyWeight, diffWeight: 1 - settings.alpha };
    elites ??= await rerunElites(check);
    const perGeneration = classNames.length * settings.population;
    const { racing } = settings;
    // Elites come first in a new population, so row 0 of every class is the last generation's best combination.
    const incumbent = () => elites!.map((own, c) => own.get(toBits(populations[c][0]))).filter((c) => c !== undefined);
    const budgeted = settings.initialisation === 'budget';
    const first = generation === 0 && budgeted ? await budgetedModules(check) : null;
    const whole = () => classNames.map(() => new Uint8Array(encoding.length).fill(1));
    const rivals = async () => (settings.raceFirst ? (first ?? (await runFirst(whole(), check))) : null);
    const among = racing && (generation > 0 ? incumbent() : await rivals());
    const race = racing &&
      among && {
        stations: racing,
        surrogate: createSurrogateFitness(among, labels, weights),
        // What the budgets keep does not race.
        elites: generation > 0 ? settings.elites : budgeted ? 1 : 0,
      };
    const { candidates, evaluations, dropped } = await evaluateGeneration({
      populations,
      encoding,
      images: labels.length,
      runner,
      known: settings.cache ? elites : null,
      race,
      check,
      onShare: (share) => task.onCandidates?.(generation, Math.floor(share * perGeneration)),
    });
    task.onCandidates?.(generation, perGeneration);

    const { fitness, best, members } = runTournament(candidates, labels, settings, weights, generation, generators);
    const record: GenerationRecord = {
      kind: 'generationRecord',
      generation,
      accuracy: best.accuracy,
      diff: best.diff,
      score: 0.9 * best.accuracy + 0.1 * best.diff,
      evaluations,
      dropped,
      seconds: (performance.now() - startedAt) / 1000,
    };
    history.push(record);
    // As in the reference, the unselected first generation cannot win unless it is asked to (spec cnnsplitter §2.9).
    if ((generation > 0 || settings.firstMayWin) && (!champion || record.score > champion.record.score)) {
      champion = { record, chromosomes: members.map(({ chromosome }) => chromosome) };
    }
    accuracyWeight = settings.alpha + Math.max(0, settings.gamma - best.accuracy);

    const surrogate = settings.losers === 'screened' ? createSurrogateFitness(members, labels, weights) : () => 0;
    const rankings = candidates.map((row, c) =>
      rankByFitness(fitness[c], best.candidates[c], (i) => surrogate(row[i], c)),
    );
    elites = rankings.map((ranking, c) => {
      const kept = ranking.slice(0, settings.elites).map((row) => candidates[c][row]);
      return new Map(kept.filter(isComplete).map((candidate) => [toBits(candidate.chromosome), candidate]));
    });
    populations = populations.map((population, c) =>
      nextPopulation(population, rankings[c], settings, generators.breeding[c], generators.mutation[c]),
    );
    return record;
  };

  return {
    history,
    get champion() {
      return champion;
    },
    get finished() {
      const last = history.length - 1;
      const { generations, earlyStop } = settings;
      return (
        last >= generations || (earlyStop !== null && !!champion && last - champion.record.generation >= earlyStop)
      );
    },
    step,
    save: () => ({
      history,
      populations: populations.map((population) => population.map(toBits)),
      elites: elites!.map((own) => [...own.keys()]),
      accuracyWeight,
      calibration,
      champion: champion && { record: champion.record, chromosomes: champion.chromosomes.map(toBits) },
      generators: saveGenerators(generators),
    }),
  };
}

function calibrated(logits: Float32Array, classIndex: number, calibration: ScaleAndBias | null): Float32Array {
  if (!calibration) return logits;
  const [scale, bias] = [calibration.scale[classIndex], calibration.bias[classIndex]];
  return logits.map((z) => scale * z + bias);
}

/**
 * The tournament of those who have seen all images. Fitness is per row of the population: that of who dropped out of the
 * race is −1, below that of who is in no surviving combination.
 */
function runTournament(
  candidates: readonly (readonly Candidate[])[],
  labels: Int32Array,
  settings: CnnSplitterSettings,
  weights: { accuracyWeight: number; diffWeight: number },
  generation: number,
  generators: { readonly tournament: Parameters<typeof tournament>[4] },
): { fitness: Float64Array[]; best: { candidates: number[]; accuracy: number; diff: number }; members: Candidate[] } {
  const rows = candidates.map((all) => [...all.keys()].filter((row) => isComplete(all[row])));
  const entered = rows.map((own, c) => own.map((row) => candidates[c][row]));
  const result = tournament(
    entered.map((own, classIndex) => ({ classIndex, logits: own.map(({ logits }) => logits) })),
    labels,
    (i, a, j, b) => 1 - entered[i][a].kernels.jaccard(entered[j][b].kernels),
    { ...settings, ...weights, incumbent: generation > 0 ? rows.map(() => 0) : undefined },
    generators.tournament,
  );
  const fitness = candidates.map((all, c) => {
    const values = new Float64Array(all.length).fill(-1);
    rows[c].forEach((row, place) => (values[row] = result.fitness[c][place]));
    return values;
  });
  const { accuracy, diff } = result.best;
  return {
    fitness,
    best: { candidates: result.best.candidates.map((place, c) => rows[c][place]), accuracy, diff },
    members: result.best.candidates.map((place, c) => entered[c][place]),
  };
}
