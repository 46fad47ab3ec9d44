import * as tf from '../../tf.js';
import { batches } from '../../datasets/batches.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { kernelImportance } from '../../surgery/kernel-importance.js';
import { firstPerClass, subset } from '../../datasets/subset.js';
import { InterruptedError, ModelError, OptionError } from '../../errors.js';
import { interruption } from '../../run/interruption.js';
import { seedStream } from '../../run/mt19937.js';
import { ProgressMeter } from '../../run/progress.js';
import { createExtractor, type KernelExtractor } from '../../surgery/extract.js';
import { keptRatio, type KernelSelection } from '../../surgery/kernel-selection.js';
import type { Module } from '../../surgery/module.js';
import { traceModel, type ModelTrace } from '../../surgery/trace.js';
import { requireFittingImages, requireLogits } from '../../training/check-images.js';
import { evaluate } from '../../training/evaluate.js';
import type { GenerationRecord } from '../search-history.js';
import type { SplitResult } from '../split.js';
import { nextPopulation, rankByFitness } from './breeding.js';
import { createEncoding, type Encoding } from './encoding.js';
import { KernelBits } from './kernel-bits.js';
import { resolveSettings, type CnnSplitterOptions, type CnnSplitterSettings } from './options.js';
import { initialPopulation, type Chromosome } from './population.js';
import { readSearchState, searchFingerprint, writeSearchState } from './search-checkpoint.js';
import { tournament } from './tournament.js';

/** A chromosome with what the tournament needs of it. */
interface Candidate {
  readonly chromosome: Chromosome;
  readonly selection: KernelSelection;
  /** Own-class logit on every validation image. */
  readonly logits: Float32Array;
  readonly kernels: KernelBits;
}

interface Champion {
  readonly record: GenerationRecord;
  /** One per class. */
  readonly chromosomes: readonly Chromosome[];
}

/**
 * CNNSplitter: one genetic population of kernel subsets per class, evolved in lock-step; combinations of one candidate
 * per class are scored for composed accuracy and for difference of kernels (spec cnnsplitter §2).
 *
 * Departures from the reference: importance uses the images given, which the strong model must not have been trained on
 * (the reference's class-filtered split leaks, §6.1.1) and reads every map before pooling (the reference pools ResCNN's
 * first, §2.1); every class draws from its own seed stream (the reference starts
 * all classes from the same bits, §6.1.3); the members of the best combination rank first in their classes whatever ties
 * with them, so that the next generation's incumbent is this very combination; candidates that were evaluated before are
 * not evaluated again (§6.1.4), which changes no result.
 */
export async function splitByCnnSplitter(
  strong: tf.LayersModel,
  images: ImageSet,
  options: CnnSplitterOptions,
): Promise<SplitResult> {
  const settings = resolveSettings(options);
  requireLogits('split', strong);
  requireFittingImages('split', strong, images);
  const { imagesPerClass } = settings;
  const validation = imagesPerClass === null ? images : subset(images, firstPerClass(images, imagesPerClass));
  const { seed = 0, onProgress, signal, checkpoint } = options;
  const stopped = interruption(signal);
  const classNames = validation.classNames;
  const trace = traceModel(strong);
  const strongReport = await evaluate(strong, validation, { batchSize: settings.batchSize, signal });
  const importance = await kernelImportance(strong, trace, validation, { ...settings, signal });
  const encoding = createEncoding(trace, importance);
  if (encoding.length === 0) {
    throw new ModelError('split: the model has no convolution layer whose kernels can be removed.');
  }
  const sensitive = sensitiveGroups(trace, encoding, settings.sensitiveLayers);
  const chromosomeLayers = encoding.layers.map(({ id, groups }) => ({
    bits: groups.length,
    initialRatios: sensitive.has(id) ? settings.sensitiveRatios : settings.otherRatios,
  }));

  const extractor = createExtractor(strong);
  const inputs = Array.from(batches(validation, { batchSize: settings.batchSize }), ({ x }) => x);
  const streams = classNames.map((name) => seedStream(seed, `cnnsplitter/${name}`));
  const tournamentStream = seedStream(seed, 'cnnsplitter/tournament');
  const seen = classNames.map(() => new Map<string, Candidate>());

  const evaluateCandidate = async (chromosome: Chromosome, classIndex: number): Promise<[Candidate, boolean]> => {
    const key = Buffer.from(chromosome).toString('latin1');
    const known = seen[classIndex].get(key);
    if (known) return [known, false];
    const selection = encoding.decode(chromosome, classIndex);
    const logits = await ownLogits(extractor, selection, inputs, classIndex, validation.labels.length);
    const candidate = { chromosome, selection, logits, kernels: KernelBits.of(selection) };
    seen[classIndex].set(key, candidate);
    return [candidate, true];
  };

  try {
    let populations = streams.map((rng) => initialPopulation(chromosomeLayers, settings.population, rng));
    let accuracyWeight = settings.alpha;
    let champion: Champion | null = null;
    const history: GenerationRecord[] = [];
    const generators = [...streams, tournamentStream];
    const fingerprint = checkpoint ? searchFingerprint(settings, seed, validation, strong) : '';
    const saved = checkpoint ? readSearchState(checkpoint, fingerprint) : null;
    if (saved) {
      populations = saved.populations.map((population) => population.map(fromBits));
      accuracyWeight = saved.accuracyWeight;
      champion = saved.champion && { ...saved.champion, chromosomes: saved.champion.chromosomes.map(fromBits) };
      history.push(...saved.history);
      saved.streams.forEach((state, i) => generators[i].restoreState(state));
    }
    const perGeneration = classNames.length * settings.population;
    let candidatesDone = history.length * perGeneration;
    const total = (settings.generations + 1) * perGeneration;
    const meter = new ProgressMeter(onProgress, 'split', total, 'candidates', candidatesDone);
    for (let generation = history.length; generation <= settings.generations; generation++) {
      const startedAt = performance.now();
      let evaluations = 0;
      const candidates: Candidate[][] = [];
      for (let c = 0; c < classNames.length; c++) {
        const row: Candidate[] = [];
        for (const chromosome of populations[c]) {
          if (stopped()) {
            throw new InterruptedError(
              `The split stopped in generation ${generation} of ${settings.generations}` +
                (checkpoint ? `; the next call with checkpoint '${checkpoint}' goes on from there.` : '.'),
            );
          }
          const [candidate, fresh] = await evaluateCandidate(chromosome, c);
          if (fresh) evaluations++;
          row.push(candidate);
          meter.update(++candidatesDone, progressNote(generation, settings, champion));
        }
        candidates.push(row);
      }
      // Only this generation's candidates can come back (as elites or as unmutated copies of neighbours).
      candidates.forEach((row, c) => {
        seen[c] = new Map(row.map((candidate) => [Buffer.from(candidate.chromosome).toString('latin1'), candidate]));
      });

      const result = tournament(
        candidates.map((row, classIndex) => ({ classIndex, logits: row.map(({ logits }) => logits) })),
        validation.labels,
        (i, a, j, b) => 1 - candidates[i][a].kernels.jaccard(candidates[j][b].kernels),
        {
          keepAccuracy: settings.keepAccuracy,
          keepAtLeast: settings.keepAtLeast,
          keepAtMost: settings.keepAtMost,
          accuracyWeight,
          diffWeight: 1 - settings.alpha,
          // Elites come first in a new population, so row 0 of every class is the last generation's best combination.
          incumbent: generation > 0 ? classNames.map(() => 0) : undefined,
        },
        tournamentStream,
      );
      const { accuracy, diff } = result.best;
      const record: GenerationRecord = {
        generation,
        accuracy,
        diff,
        score: 0.9 * accuracy + 0.1 * diff,
        evaluations,
        seconds: (performance.now() - startedAt) / 1000,
      };
      history.push(record);
      // As in the reference, the unselected first generation cannot win (spec §2.9).
      if (generation > 0 && (!champion || record.score > champion.record.score)) {
        champion = { record, chromosomes: result.best.candidates.map((row, c) => candidates[c][row].chromosome) };
      }
      accuracyWeight = settings.alpha + Math.max(0, settings.gamma - accuracy);
      if (generation < settings.generations) {
        populations = populations.map((population, c) => {
          const ranking = rankByFitness(result.fitness[c], result.best.candidates[c]);
          return nextPopulation(population, ranking, settings, streams[c]);
        });
      }
      if (checkpoint) {
        writeSearchState(checkpoint, fingerprint, {
          history,
          populations: populations.map((population) => population.map(toBits)),
          accuracyWeight,
          champion: champion && { ...champion, chromosomes: champion.chromosomes.map(toBits) },
          streams: generators.map((rng) => rng.saveState()),
        });
      }
    }
    const { record, chromosomes } = champion!;
    const selections = chromosomes.map((chromosome, c) => encoding.decode(chromosome, c));
    const modules: Record<string, Module> = {};
    classNames.forEach((targetClass, classIndex) => {
      const selection = selections[classIndex];
      modules[targetClass] = {
        targetClass,
        classIndex,
        classNames,
        selection,
        model: extractor.extract(selection),
        provenance: { method: 'cnnsplitter', seed, options: { ...settings }, keptRatio: keptRatio(selection) },
      };
    });
    return {
      modules,
      history,
      validation: { strongAccuracy: strongReport.accuracy, composedAccuracy: record.accuracy, diff: record.diff },
      keptRatio: selections.reduce((sum, selection) => sum + keptRatio(selection), 0) / selections.length,
      settings: { ...settings },
    };
  } finally {
    tf.dispose(inputs);
    extractor.dispose();
  }
}

/** Ids of the layer groups that count as sensitive. */
function sensitiveGroups(trace: ModelTrace, encoding: Encoding, layers: readonly string[] | null): Set<string> {
  const ids = encoding.layers.map(({ id }) => id);
  if (!layers) return new Set(ids.slice(0, Math.ceil(ids.length / 2)));
  return new Set(
    layers.map((layer) => {
      const group = trace.groups.find((g) => g.layers.includes(layer));
      if (!group) {
        const known = trace.groups.flatMap((g) => g.layers).join(', ');
        throw new OptionError(`sensitiveLayers: the model has no convolution layer '${layer}'; it has ${known}.`);
      }
      return group.id;
    }),
  );
}

const toBits = (chromosome: Chromosome): string => chromosome.join('');
const fromBits = (bits: string): Chromosome => Uint8Array.from(bits, Number);

function progressNote(generation: number, settings: CnnSplitterSettings, champion: Champion | null): string {
  const best = champion ? `, best composed accuracy ${(100 * champion.record.accuracy).toFixed(1)} %` : '';
  return `generation ${generation}/${settings.generations}${best}`;
}

async function ownLogits(
  extractor: KernelExtractor,
  selection: KernelSelection,
  inputs: readonly tf.Tensor4D[],
  classIndex: number,
  images: number,
): Promise<Float32Array> {
  const compiled = extractor.compile(selection);
  const logits = new Float32Array(images);
  try {
    let row = 0;
    for (const x of inputs) {
      const y = compiled.predict(x);
      const own = tf.tidy(() => tf.slice(y, [0, classIndex], [-1, 1]));
      const values = await own.data<'float32'>();
      logits.set(values, row);
      row += values.length;
      tf.dispose([y, own]);
    }
  } finally {
    compiled.dispose();
  }
  return logits;
}
