import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { weightsDigest } from '../../models/weights-digest.js';
import * as tf from '../../tf.js';
import { optimizerState, slotParts } from '../../training/checkpoint.js';
import { readStateFile, writeStateFile, type StateHeader } from '../../training/state-file.js';
import type { MaskEpochRecord } from './history.js';
import type { MaskState } from './mask-state.js';
import type { GradSplitterSettings } from './options.js';

const FORMAT = 'modulab gradsplitter checkpoint 1';

/** The modules as they were after one epoch. */
export interface MaskSnapshot {
  /** [modules, units], 0 or 1 */
  readonly bits: Uint8Array;
  /** All heads' weights, see `headValues`. */
  readonly heads: Float32Array;
}

interface Header extends StateHeader {
  readonly steps: number;
  readonly history: MaskEpochRecord[];
  /** Per epoch the packed bits, base64. */
  readonly bits: string[];
}

/** What must be the same for a training to go on. */
export function maskFingerprint(
  settings: GradSplitterSettings,
  seed: number,
  images: { train: ImageSet; validation: ImageSet },
  strong: tf.LayersModel,
): string {
  const [train, validation] = [images.train, images.validation].map(imageSetDigest);
  return JSON.stringify({ settings, seed, train, validation, weights: weightsDigest(strong) });
}

/** Writes the training as it stands between two epochs. */
export async function writeMaskCheckpoint(
  file: string,
  fingerprint: string,
  state: MaskState,
  history: readonly MaskEpochRecord[],
  snapshots: readonly MaskSnapshot[],
): Promise<void> {
  const optimizer = state.optimizerState();
  const header: Header = {
    format: FORMAT,
    fingerprint,
    steps: optimizer.steps,
    history: [...history],
    bits: snapshots.map(({ bits }) => packBits(bits)),
  };
  const heads = snapshots.map((snapshot) => tf.tensor1d(snapshot.heads));
  try {
    const learned = { masks: [state.masks], heads: state.heads.variables, snapshots: heads };
    await writeStateFile(file, header, { ...learned, ...slotParts(optimizer) });
  } finally {
    tf.dispose(heads);
  }
}

/**
 * Puts a saved training back into `state`; null when the file is not there.
 * @throws DataError when the file is no such checkpoint or cut short; OptionError when it belongs to another training
 */
export async function readMaskCheckpoint(
  file: string,
  fingerprint: string,
  state: MaskState,
): Promise<{ history: MaskEpochRecord[]; snapshots: MaskSnapshot[] } | null> {
  const saved = await readStateFile<Header>(file, { format: FORMAT, fingerprint }, 'GradSplitter');
  if (!saved) return null;
  const { header, parts } = saved;
  const snapshotHeads = parts.snapshots ?? [];
  const snapshots = snapshotHeads.map((heads, i) => ({
    bits: unpackBits(header.bits[i], state.masks.size),
    heads: heads.dataSync<'float32'>().slice(),
  }));
  tf.dispose(snapshotHeads);
  state.restore(parts.masks[0], parts.heads, optimizerState(header.steps, parts));
  return { history: header.history, snapshots };
}

function packBits(bits: Uint8Array): string {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => (bytes[i >> 3] |= bit << (i & 7)));
  return bytes.toString('base64');
}

function unpackBits(text: string, length: number): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  return Uint8Array.from({ length }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}
