import type { ImageSet } from '../../datasets/dataset.js';
import { passOver } from '../../datasets/pass-over.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { type ClassReport, classReport } from '../../metrics/class-report.js';
import { balancedAccuracy } from '../../metrics/summaries.js';
import { seedStream } from '../../run/mt19937.js';
import { ProgressMeter } from '../../run/progress.js';
import { createExtractor, type KernelExtractor } from '../../surgery/modules/extract.js';
import { inClassOrder } from '../../surgery/modules/in-class-order.js';
import { KernelModule } from '../../surgery/modules/kernel-module.js';
import { accuracyOfScores, moduleScores } from '../../surgery/modules/module-scores.js';
import { createMaskedNetwork } from '../../surgery/passes/masked-network.js';
import { filledSelection, type MaskLayout } from '../../surgery/trace/channel-masks.js';
import { keptCounts, keptRatio, meanDifference } from '../../surgery/trace/kernel-selection.js';
import { type ModelTrace, traceModel } from '../../surgery/trace/trace.js';
import * as tf from '../../tf.js';
import { requireFittingImages, requireLogits } from '../../training/check-images.js';
import { evaluate } from '../../training/evaluate.js';
import { divideImages, type ImageShares } from '../divide-images.js';
import { notesOf } from '../held-out.js';
import type { ChosenSplit } from '../split-result.js';
import type { SplitImages, Splitter } from '../splitter.js';
import { CachedLogits, gatherLogits } from './cached-logits.js';
import { gradientStart } from './gradient-start.js';
import { chooseEpoch, type MaskEpochRecord, type MaskHistory } from './history.js';
import { type MaskSnapshot, openMaskCheckpoint } from './mask-checkpoint.js';
import { MaskState } from './mask-state.js';
import { headModel, headScores, headValues } from './module-heads.js';
import { type GradSplitterOptions, type GradSplitterSettings, resolveGradSplitterSettings } from './options.js';
import { phasesOf } from './schedule.js';

/** A strong model taken apart by GradSplitter. */
export interface GradSplitResult extends ChosenSplit {
  readonly kind: 'gradSplitResult';
  readonly history: MaskHistory;
  /** The epoch that the modules are of, 1 for the first. */
  readonly epoch: number;
}

/**
 * GradSplitter: one mask over the kernels and one small head per class, learned together by gradient descent while the
 * strong model stays as it is; the loss is the cross-entropy of the modules' sigmoids side by side plus alpha times the mean
 * mask (spec cnnsplitter §4.1–4.4).
 *
 * Departures from the reference: the modules go through the network together (the reference runs one after the other);
 * phases for the heads alone learn on logits computed once per phase, by the modules as they would be cut out, which is the
 * same as masking except where a layer has lost all kernels; validation accuracy counts every image alike (§6.2.5); the
 * epoch is chosen by the rule that the reference states but leaves to the user (§6.2.2), see `lossReference`.
 */
export const gradSplitter: Splitter<SplitImages, GradSplitterOptions, GradSplitResult> = {
  id: 'gradsplitter',
  takes: 'train and validation',
  run: learnModules,
};

async function learnModules(
  strong: tf.LayersModel,
  images: SplitImages,
  options: GradSplitterOptions,
): Promise<GradSplitResult> {
  const settings = resolveGradSplitterSettings(options);
  const { train } = images;
  const { seed = 0, onProgress, signal, heldOutImages } = options;
  requireLogits('split', strong);
  requireFittingImages('split', strong, train);
  requireFittingImages('split, validation', strong, images.validation, train);
  if (heldOutImages) requireFittingImages('split, heldOutImages', strong, heldOutImages, train);
  // Masks are learned on the training images: a class may be all but missing here, as in the skewed sets of the reuse study.
  const shares: ImageShares = {
    heldOut: heldOutImages ? 0 : settings.heldOutPerClass,
    finish: 0,
    search: null,
    scarce: 'search',
  };
  const { search: validation, heldOut: rest } = divideImages(images.validation, shares, seed);
  const heldOutSet = heldOutImages ?? rest;
  const stopped = interruption(signal);
  const { classNames } = train;
  const strongReport = await evaluate(strong, validation, { signal });
  const start =
    settings.initialMasks === 'gradient'
      ? await gradientStart(strong, traceModel(strong), train, settings.keep, { onProgress, signal })
      : null;
  const network = createMaskedNetwork(strong);
  const { layout } = network;
  const extractor = createExtractor(strong);
  const trainLogits = new CachedLogits(extractor, layout, train);
  const validationLogits = new CachedLogits(extractor, layout, validation);
  const state = new MaskState(network, classNames, settings, seed, start);
  const phases = phasesOf(settings);
  const epochs = phases.reduce((sum, phase) => sum + phase.epochs, 0);
  const stepsPerEpoch = Math.ceil(train.labels.length / settings.batchSize);

  try {
    const history: MaskEpochRecord[] = [];
    const snapshots: MaskSnapshot[] = [];
    const identity = { settings, seed, images: { train, validation }, strong };
    const checkpoint = openMaskCheckpoint(options.checkpoint, state, identity);
    history.push(...(checkpoint.saved?.history ?? []));
    snapshots.push(...(checkpoint.saved?.snapshots ?? []));
    const stopIfAsked = () => {
      if (!stopped()) return;
      throw new InterruptedError(`The split stopped in epoch ${history.length + 1} of ${epochs}${checkpoint.resume}`);
    };
    // An epoch of heads on ready-made logits takes about as long as a step of the masks, so it counts as one.
    const steps = (count: number) =>
      phases.reduce((sum, { learns, start, epochs: own }) => {
        const past = Math.max(0, Math.min(own, count - start));
        return sum + past * (learns === 'heads' ? 1 : stepsPerEpoch);
      }, 0);
    let stepsDone = steps(history.length);
    const meter = new ProgressMeter(onProgress, 'split', steps(epochs), 'steps', stepsDone);

    for (const phase of phases) {
      for (let epoch = Math.max(phase.start, history.length); epoch < phase.start + phase.epochs; epoch++) {
        const startedAt = performance.now();
        if (epoch === phase.start) state.startPhase();
        const order = orderOf(settings.draw, train, seed, epoch);
        let lossSum = 0;
        const add = (loss: number, count: number) => {
          if (!Number.isFinite(loss)) {
            throw new OptionError(
              `The loss became ${loss} in epoch ${epoch + 1}: lower the learning rate (now ${phase.learningRate}).`,
            );
          }
          lossSum += loss * count;
        };
        const report = () => {
          const last = history.at(-1);
          const scores = last
            ? `, accuracy ${(100 * last.validationAccuracy).toFixed(1)} %, ${last.meanKernels.toFixed(1)} kernels`
            : '';
          meter.update(++stepsDone, `epoch ${epoch + 1}/${epochs} (${phase.learns})${scores}`);
        };
        if (phase.learns === 'heads') {
          const logits = await trainLogits.of(state.bits(), stopIfAsked);
          for (let start = 0; start < order.length; start += settings.batchSize) {
            const rows = order.subarray(start, start + settings.batchSize);
            const batch = gatherLogits(logits, rows, classNames.length);
            const { loss } = state.headStep(batch, rows.map((row) => train.labels[row]), phase.learningRate); // prettier-ignore
            batch.dispose();
            add(loss, rows.length);
          }
          report();
        } else {
          const { batchSize } = settings;
          await passOver(train, { task: 'split', batchSize, order, check: stopIfAsked }, ({ x, labels }) => {
            const { loss } = state.maskStep(x, labels, phase.learningRate, phase.alpha);
            add(loss, labels.length);
            report();
          });
        }
        const bits = state.bits();
        const logits = await validationLogits.of(bits, stopIfAsked);
        const meanKernels = meanModuleKernels(extractor.trace, layout, bits, classNames.length);
        history.push({
          kind: 'maskEpochRecord',
          epoch: epoch + 1,
          learns: phase.learns,
          learningRate: phase.learningRate,
          loss: lossSum / order.length,
          validationAccuracy: accuracyBy(settings.draw, composedReport(logits, state, validation)),
          meanKernels,
          keptRatio: meanKernels / layout.kernels,
          seconds: (performance.now() - startedAt) / 1000,
        });
        snapshots.push({ bits, heads: headValues(state.heads) });
        await checkpoint.write(history, snapshots);
      }
    }
    const ofStrong = accuracyBy(settings.draw, strongReport);
    const reference = settings.lossReference === 'strong model' ? ofStrong : null;
    const chosen = chooseEpoch(history, settings.maxAccuracyLoss, reference);
    const modules = cutModules(extractor, layout, snapshots[chosen.epoch - 1], classNames, (kept) => ({
      method: 'gradsplitter',
      seed,
      options: { ...settings, epoch: chosen.epoch },
      keptRatio: kept,
    }));
    const inOrder = inClassOrder(modules);
    const selections = inOrder.map(({ selection }) => selection);
    const onValidation = { strongAccuracy: ofStrong, composedAccuracy: chosen.validationAccuracy };
    const scores = await moduleScores(inOrder, heldOutSet, { check: stopIfAsked });
    const heldOut = {
      images: heldOutSet.labels.length,
      strongAccuracy: (await evaluate(strong, heldOutSet, { signal })).accuracy,
      composedAccuracy: accuracyOfScores(scores, heldOutSet.labels, classNames.length),
    };
    return {
      kind: 'gradSplitResult',
      modules,
      history,
      epoch: chosen.epoch,
      validation: { ...onValidation, diff: meanDifference(selections) },
      heldOut,
      notes: notesOf(onValidation, heldOut),
      keptRatio: selections.reduce((sum, selection) => sum + keptRatio(selection), 0) / selections.length,
      settings: { ...settings },
    };
  } finally {
    state.dispose();
    network.dispose();
    extractor.dispose();
  }
}

/** Positions of an epoch's images, see `draw`. A class without images is not drawn. */
function orderOf(
  draw: GradSplitterSettings['draw'],
  { labels, classNames }: ImageSet,
  seed: number,
  epoch: number,
): Int32Array {
  const rng = seedStream(seed, `gradsplitter/order/${epoch}`);
  if (draw === 'all') return rng.permutation(labels.length);
  const ofClass = classNames.map((): number[] => []);
  labels.forEach((label, i) => ofClass[label].push(i));
  const present = ofClass.filter((own) => own.length > 0);
  return Int32Array.from(labels, () => {
    const own = present[rng.nextInterval(present.length - 1)];
    return own[rng.nextInterval(own.length - 1)];
  });
}

/** What an epoch is chosen by. */
const accuracyBy = (draw: GradSplitterSettings['draw'], report: ClassReport): number =>
  draw === 'even' ? balancedAccuracy(report) : report.accuracy;

/** Of the argmax of all modules' sigmoids. */
function composedReport(logits: readonly Float32Array[], state: MaskState, images: ImageSet): ClassReport {
  const { labels, classNames } = images;
  const winners = tf.tidy(() => {
    const rows = Int32Array.from(labels.keys());
    const scores = headScores(gatherLogits(logits, rows, classNames.length), state.heads.variables);
    return tf.argMax(scores, 1).dataSync<'int32'>().slice();
  });
  return classReport(labels, winners, classNames);
}

/** Kernels of a module as it would be cut out, mean over the modules. */
function meanModuleKernels(trace: ModelTrace, layout: MaskLayout, bits: Uint8Array, modules: number): number {
  let kernels = 0;
  for (let module = 0; module < modules; module++) {
    const own = bits.subarray(module * layout.units, (module + 1) * layout.units);
    for (const count of Object.values(keptCounts(filledSelection(trace, layout, own)))) kernels += count;
  }
  return kernels / modules;
}

function cutModules(
  extractor: KernelExtractor,
  layout: MaskLayout,
  { bits, heads }: MaskSnapshot,
  classNames: readonly string[],
  provenance: (kept: number) => KernelModule['provenance'],
): Record<string, KernelModule> {
  const modules = classNames.map((targetClass, classIndex): [string, KernelModule] => {
    const own = bits.subarray(classIndex * layout.units, (classIndex + 1) * layout.units);
    const selection = filledSelection(extractor.trace, layout, own);
    const module = new KernelModule({
      targetClass,
      classIndex,
      classNames,
      selection,
      model: extractor.extract(selection),
      head: headModel(heads, classIndex, classNames.length),
      provenance: provenance(keptRatio(selection)),
    });
    return [targetClass, module];
  });
  return Object.fromEntries(modules);
}
