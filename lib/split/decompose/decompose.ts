import type { ImageSet } from '../../datasets/dataset.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { inClassOrder } from '../../surgery/modules/in-class-order.js';
import { accuracyOfScores, moduleScores } from '../../surgery/modules/module-scores.js';
import type { NodeModule } from '../../surgery/nodes/node-module.js';
import { createNodeNetwork } from '../../surgery/nodes/node-network.js';
import type * as tf from '../../tf.js';
import { requireFittingImages, requireLogits } from '../../training/check-images.js';
import { evaluate } from '../../training/evaluate.js';
import type { SplitResult } from '../split-result.js';
import type { Splitter } from '../splitter.js';
import type { ClassActivity } from './class-activity.js';
import { cutModules, type ModuleNodes } from './cut-modules.js';
import { observeClasses } from './observe-classes.js';
import { type DecomposeOptions, resolveDecomposeSettings } from './options.js';

/** A model decomposed into one module per class. */
export interface DecomposeResult extends SplitResult<NodeModule> {
  readonly kind: 'decomposeResult';
  /** What each module keeps, in the order of the class names. */
  readonly nodes: readonly ModuleNodes[];
  /** Mean over modules of nodes kept / nodes of the model's convolutions: `jiNodes`. */
  readonly keptRatio: number;
  /** Mean of p / (2 − p). */
  readonly jiFse: number;
  /** Mean share of nodes active after CI; what TI gave back on top of it is the difference to `activeTi`. */
  readonly activeCi: number;
  readonly activeTi: number;
  /** What was observed, for `cutDecomposed` with another variant or addPolicy. */
  readonly activity: ClassActivity;
}

/**
 * Pan & Rajan's decomposition: a module is the whole network with the nodes masked that no observed image of its class (CI) or of
 * the others (TI) made active, and with an output layer of two columns (spec decompose §2).
 *
 * Departures from the paper: what cannot be read from it is an option (`addPolicy`, `blnRule`, `biRule`, `positiveFilter`); batch
 * norm, which its networks lack, is folded; every image goes through the network once, whatever the number of modules.
 */
export const decompose: Splitter<ImageSet, DecomposeOptions, DecomposeResult> = {
  id: 'decompose',
  takes: 'train',
  keepsModel: true,
  run: decomposeModel,
};

async function decomposeModel(
  strong: tf.LayersModel,
  images: ImageSet,
  options: DecomposeOptions,
): Promise<DecomposeResult> {
  const settings = resolveDecomposeSettings(options);
  requireLogits('split', strong);
  requireFittingImages('split', strong, images);
  const { heldOutImages, signal } = options;
  if (heldOutImages) requireFittingImages('split, heldOutImages', strong, heldOutImages, images);
  if (images.classNames.length < 2) {
    throw new OptionError(`split: expected at least two classes, got ${images.classNames.length}.`);
  }
  const stopped = interruption(signal);
  const check = () => {
    if (stopped()) throw new InterruptedError('The split stopped after its classes were observed.');
  };
  const network = createNodeNetwork(strong);
  try {
    const activity = await observeClasses(network, images, settings, options);
    const { modules, nodes } = cutModules(network, activity, settings);
    const heldOut = heldOutImages && {
      images: heldOutImages.labels.length,
      composedAccuracy: accuracyOfScores(
        await moduleScores(inClassOrder(modules), heldOutImages, { check }),
        heldOutImages.labels,
        nodes.length,
      ),
      strongAccuracy: (await evaluate(strong, heldOutImages, { signal })).accuracy,
    };
    const mean = (value: (module: ModuleNodes) => number) =>
      nodes.reduce((sum, module) => sum + value(module), 0) / nodes.length;
    return {
      kind: 'decomposeResult',
      modules,
      nodes,
      keptRatio: mean(({ jiNodes }) => jiNodes),
      jiFse: mean(({ jiFse }) => jiFse),
      activeCi: mean(({ activeCi }) => activeCi),
      activeTi: mean(({ activeTi }) => activeTi),
      heldOut: heldOut ?? null,
      notes: [],
      activity,
      settings: { ...settings, nNegPerClass: activity.nNegPerClass },
    };
  } finally {
    network.dispose();
  }
}
