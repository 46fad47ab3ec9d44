import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { weightsDigest } from '../../models/weights-digest.js';
import { checkpointFile, type Saved } from '../../run/checkpoint/checkpoint-file.js';
import type * as tf from '../../tf.js';
import { optimizerState, slotArrays } from '../../training/checkpoint.js';
import { arraysOf, tensorsOf } from '../../training/tensor-arrays.js';
import type { MaskEpochRecord } from './history.js';
import type { MaskState } from './mask-state.js';
import type { GradSplitterSettings } from './options.js';

/** The modules as they were after one epoch. */
export interface MaskSnapshot {
  /** [modules, units], 0 or 1 */
  readonly bits: Uint8Array;
  /** All heads' weights, see `headValues`. */
  readonly heads: Float32Array;
}

interface State {
  readonly steps: number;
  readonly history: readonly MaskEpochRecord[];
}

const FORMAT = checkpointFile<State>('GradSplitter', 3);

/** The checkpoint of one training of masks. */
export interface MaskCheckpoint {
  /** What an earlier call has finished; the masks and heads are put back already. */
  readonly saved: { readonly history: readonly MaskEpochRecord[]; readonly snapshots: readonly MaskSnapshot[] } | null;
  /** Writes the training as it stands between two epochs. */
  write: (history: readonly MaskEpochRecord[], snapshots: readonly MaskSnapshot[]) => Promise<void>;
  /** End of the message of a run that stops. */
  readonly resume: string;
}

/**
 * Begins a training: what an earlier call has saved is put back into `state`. Settings, seed, images and the strong model's
 * weights must be the same.
 * @throws DataError, OptionError and StorageError as `CheckpointFormat.open`
 */
export function openMaskCheckpoint(
  file: string | undefined,
  state: MaskState,
  about: {
    readonly settings: GradSplitterSettings;
    readonly seed: number;
    readonly images: { readonly train: ImageSet; readonly validation: ImageSet };
    readonly strong: tf.LayersModel;
  },
): MaskCheckpoint {
  const { settings, seed, images, strong } = about;
  const checkpoint = FORMAT.open(file, () => {
    const [train, validation] = [images.train, images.validation].map(imageSetDigest);
    return JSON.stringify({ settings, seed, train, validation, weights: weightsDigest(strong) });
  });
  return {
    saved: checkpoint.saved && restored(checkpoint.saved, state),
    resume: checkpoint.resume,
    async write(history, snapshots) {
      const { steps, slots } = state.optimizerState();
      await checkpoint.write({ steps, history }, async () => ({
        masks: await arraysOf([state.masks]),
        heads: await arraysOf(state.heads.variables),
        snapshotBits: snapshots.map(({ bits }) => ({ shape: [bits.length], values: bits })),
        snapshotHeads: snapshots.map(({ heads }) => ({ shape: [heads.length], values: heads })),
        ...(await slotArrays(slots)),
      }));
    },
  };
}

function restored({ state: saved, arrays }: Saved<State>, state: MaskState): MaskCheckpoint['saved'] {
  const { snapshotBits = [], snapshotHeads = [] } = arrays;
  const [masks] = tensorsOf(arrays['masks']);
  state.restore(masks, tensorsOf(arrays['heads']), optimizerState(saved.steps, arrays));
  const snapshots = snapshotBits.map(({ values }, i) => ({
    bits: values as Uint8Array,
    heads: snapshotHeads[i].values as Float32Array,
  }));
  return { history: saved.history, snapshots };
}
