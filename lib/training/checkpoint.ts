import * as tf from '../tf.js';
import { weightsDigest } from '../models/weights-digest.js';
import type { EpochRecord } from './history.js';
import type { Optimizer, OptimizerState } from './optimizers.js';
import { readStateFile, writeStateFile, type StateHeader, type StateParts } from './state-file.js';

/** Weights of the best validation epoch so far. */
export interface BestEpoch {
  readonly epoch: number;
  readonly accuracy: number;
  readonly weights: tf.Tensor[];
}

/** What must be the same for a run to go on. */
export interface RunIdentity {
  /** Digest of the weights that the model had when the run began. */
  readonly start: string;
  /** Options, images and shapes. */
  readonly about: Readonly<Record<string, unknown>>;
}

export interface RunState {
  readonly identity: RunIdentity;
  readonly model: tf.LayersModel;
  readonly optimizer: Optimizer;
  readonly history: readonly EpochRecord[];
  readonly best: BestEpoch | null;
}

export interface SavedRun {
  readonly start: string;
  readonly weights: tf.Tensor[];
  readonly optimizer: OptimizerState;
  readonly history: EpochRecord[];
  readonly best: BestEpoch | null;
}

const FORMAT = 'modulab training checkpoint 2';

interface Header extends StateHeader {
  readonly start: string;
  /** Digests of the weights in the file. A model that has these is the run's own, whatever it began with. */
  readonly reached: readonly string[];
  readonly steps: number;
  readonly history: EpochRecord[];
  readonly best: { epoch: number; accuracy: number } | null;
}

const fingerprintOf = ({ start, about }: RunIdentity): string => JSON.stringify({ ...about, start });

/** All of a model's weights, batch-norm statistics included, as kept copies. */
export function copyWeights(model: tf.LayersModel): tf.Tensor[] {
  return model.getWeights().map((weight) => tf.keep(tf.clone(weight)));
}

/** Writes a run's state to one file; a reader never sees half of it. */
export async function writeCheckpoint(file: string, state: RunState): Promise<void> {
  const optimizer = state.optimizer.state();
  const header: Header = {
    format: FORMAT,
    fingerprint: fingerprintOf(state.identity),
    start: state.identity.start,
    reached: [state.model.getWeights(), ...(state.best ? [state.best.weights] : [])].map((weights) =>
      weightsDigest(state.model, weights),
    ),
    steps: optimizer.steps,
    history: [...state.history],
    best: state.best && { epoch: state.best.epoch, accuracy: state.best.accuracy },
  };
  await writeStateFile(file, header, {
    weights: state.model.getWeights(),
    ...slotParts(optimizer),
    ...(state.best ? { best: state.best.weights } : {}),
  });
}

/**
 * Reads a run's state; null when the file is not there. `identity.start` is the digest of the model as it is now: as the
 * run began, or as it was at a checkpoint of the run.
 * @throws DataError when the file is no checkpoint or cut short; OptionError when it belongs to another run
 */
export async function readCheckpoint(file: string, identity: RunIdentity): Promise<SavedRun | null> {
  const fingerprint = ({ start, reached }: Header) =>
    fingerprintOf(reached.includes(identity.start) ? { ...identity, start } : identity);
  const saved = await readStateFile<Header>(file, { format: FORMAT, fingerprint }, 'training');
  if (!saved) return null;
  const { header, parts } = saved;
  return {
    start: header.start,
    weights: parts.weights,
    optimizer: optimizerState(header.steps, parts),
    history: header.history,
    best: header.best && { ...header.best, weights: parts.best },
  };
}

/** An optimiser's memory as parts of a state file, and back. */
export function slotParts({ slots }: OptimizerState): StateParts {
  return Object.fromEntries(Object.entries(slots).map(([slot, tensors]) => [`slot/${slot}`, tensors]));
}

export function optimizerState(steps: number, parts: Record<string, tf.Tensor[]>): OptimizerState {
  const slots = Object.entries(parts).filter(([part]) => part.startsWith('slot/'));
  return { steps, slots: Object.fromEntries(slots.map(([part, tensors]) => [part.slice('slot/'.length), tensors])) };
}
