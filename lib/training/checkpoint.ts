import { weightsDigest } from '../models/weights-digest.js';
import { checkpointFile } from '../run/checkpoint/checkpoint-file.js';
import type { CheckpointArray, CheckpointArrays } from '../run/checkpoint/checkpoint-layout.js';
import * as tf from '../tf.js';
import type { EpochRecord } from './history.js';
import type { Optimizer, OptimizerState } from './optimizers.js';
import { arraysOf, tensorsOf } from './tensor-arrays.js';

/** Weights of the best validation epoch so far. */
export interface BestEpoch {
  readonly epoch: number;
  readonly accuracy: number;
  readonly weights: tf.Tensor[];
}

/** A run between two epochs. */
export interface RunState {
  readonly optimizer: Optimizer;
  readonly history: readonly EpochRecord[];
  readonly best: BestEpoch | null;
}

/** What an earlier call has finished; the model has its weights already. */
export interface SavedRun {
  readonly optimizer: OptimizerState;
  readonly history: readonly EpochRecord[];
  readonly best: BestEpoch | null;
}

/** The checkpoint of one training. Holds tensors: dispose it. */
export interface TrainingCheckpoint {
  readonly saved: SavedRun | null;
  write: (state: RunState) => Promise<void>;
  /** Gives the model the weights that were written last: half an epoch's work would make it another than the checkpoint's. */
  takeBack: () => void;
  /** End of the message of a run that stops. */
  readonly resume: string;
  dispose: () => void;
}

interface State {
  /** Digest of the weights that the model had when the run began. */
  readonly start: string;
  /** Digests of the weights in the file. A model that has these is the run's own, whatever it began with. */
  readonly reached: readonly string[];
  readonly steps: number;
  readonly history: readonly EpochRecord[];
  readonly best: { readonly epoch: number; readonly accuracy: number } | null;
}

const FORMAT = checkpointFile<State>('training', 4);

/** All of a model's weights, batch-norm statistics included, as kept copies. */
export function copyWeights(model: tf.LayersModel): tf.Tensor[] {
  return model.getWeights().map((weight) => tf.keep(tf.clone(weight)));
}

/**
 * Begins a training: where an earlier call has saved it, the model gets the weights that it had.
 * @param about options, images and shapes: what must be the same for a run to go on, beside the first weights
 * @throws DataError, OptionError and StorageError as `CheckpointFormat.open`
 */
export function openTraining(
  file: string | undefined,
  model: tf.LayersModel,
  about: () => Readonly<Record<string, unknown>>,
): TrainingCheckpoint {
  const now = file === undefined ? '' : weightsDigest(model);
  const checkpoint = FORMAT.open(file, () => {
    const rest = about();
    return ({ start, reached }) => JSON.stringify({ ...rest, start: reached.includes(now) ? start : now });
  });
  const saved = checkpoint.saved && savedRun(checkpoint.saved.state, checkpoint.saved.arrays);
  const start = checkpoint.saved?.state.start ?? now;
  let written = saved && tensorsOf(checkpoint.saved?.arrays['weights']);
  if (written) model.setWeights(written);
  return {
    saved,
    resume: checkpoint.resume,
    async write({ optimizer, history, best }) {
      if (file === undefined) return;
      const { steps, slots } = optimizer.state();
      const reached = [model.getWeights(), ...(best ? [best.weights] : [])].map((w) => weightsDigest(model, w));
      const state = { start, reached, steps, history, best: best && { epoch: best.epoch, accuracy: best.accuracy } };
      await checkpoint.write(state, async () => ({
        weights: await arraysOf(model.getWeights()),
        best: await arraysOf(best?.weights ?? []),
        ...(await slotArrays(slots)),
      }));
      if (written) tf.dispose(written);
      written = copyWeights(model);
    },
    takeBack() {
      if (written) model.setWeights(written);
    },
    dispose() {
      if (written) tf.dispose(written);
      written = null;
    },
  };
}

function savedRun({ steps, history, best }: State, arrays: CheckpointArrays): SavedRun {
  return {
    optimizer: optimizerState(steps, arrays),
    history,
    best: best && { ...best, weights: tensorsOf(arrays['best']) },
  };
}

/** An optimiser's memory as arrays of a checkpoint, and back. */
export async function slotArrays(slots: OptimizerState['slots']): Promise<Record<string, CheckpointArray[]>> {
  const arrays: Record<string, CheckpointArray[]> = {};
  for (const [slot, tensors] of Object.entries(slots)) arrays[`slot/${slot}`] = await arraysOf(tensors);
  return arrays;
}

export function optimizerState(steps: number, arrays: CheckpointArrays): OptimizerState {
  const slots = Object.entries(arrays).filter(([name]) => name.startsWith('slot/'));
  return {
    steps,
    slots: Object.fromEntries(slots.map(([name, list]) => [name.slice('slot/'.length), tensorsOf(list)])),
  };
}
