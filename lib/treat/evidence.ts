import { ensureBackend } from '../backend/ensure-backend.js';
import { withInnerGradients } from '../backend/training/inner-gradient.js';
import type { ImageSet } from '../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../datasets/images-at-once.js';
import { passOver } from '../datasets/pass-over.js';
import type { RunOptions } from '../run/options.js';
import type { RelevantKernels } from '../surgery/trace/relevant-kernels.js';
import * as tf from '../tf.js';
import { evidenceAtLayer } from './class-gradients.js';
import { channelPenalty, type ChannelPenaltyOptions, spacePenalty } from './penalty.js';

/** The two constraints as they stand on some images: means of the images' values, evaluation mode, no noise. */
export interface EvidenceMeasure {
  /** Evidence for the label in kernels that are not its own, and for the competitor (spec doctor §2, eq 5). */
  readonly channel: number;
  /** Evidence for the label outside the object (eq 6); null without object masks. */
  readonly space: number | null;
}

/** What {@link measureEvidence} can be told. */
export interface EvidenceOptions
  extends Pick<ChannelPenaltyOptions, 'aggregation' | 'competitor'>, Omit<RunOptions, 'seed'> {
  /** Where the objects are, one mask per image. */
  masks?: ImageSet;
  /** Images per pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  task?: string;
}

/**
 * How much of a model's evidence is where the constraints do not want it, e.g. on images that no training has seen (spec
 * doctor §12.2).
 * @throws InterruptedError on `signal`
 */
export async function measureEvidence(
  model: tf.LayersModel,
  set: ImageSet,
  relevant: RelevantKernels,
  options: EvidenceOptions,
): Promise<EvidenceMeasure> {
  await ensureBackend();
  const { masks, batchSize = IMAGES_PER_PASS, onProgress, signal, task = 'evidence', ...rest } = options;
  const evidence = evidenceAtLayer(model, relevant.layer);
  let [channel, space] = [0, 0];
  const pass = { task, batchSize, companion: masks, onProgress, signal };
  await passOver(set, pass, ({ x, labels, companion }) => {
    const [ofChannels, ofSpace] = withInnerGradients(() => {
      const { map, carried } = evidence.tail.untilLayer(x);
      const { gradients, competing } = evidence.at(map, carried, labels, false);
      return [
        channelPenalty(gradients, labels, competing, relevant.mask, { ...rest, normalisation: 'perSample' }),
        ...(companion ? [spacePenalty(gradients.label, companion)] : []),
      ];
    });
    channel += ofChannels.dataSync()[0] * labels.length;
    if (ofSpace) space += ofSpace.dataSync()[0] * labels.length;
    tf.dispose([ofChannels, ofSpace]);
  });
  const images = set.labels.length;
  return { channel: channel / images, space: masks ? space / images : null };
}
