import { imageSetDigest } from '../../datasets/image-set-digest.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { modelDigest } from '../../models/model-digest.js';
import * as tf from '../../tf.js';
import { readStateFile, writeStateFile, type StateHeader } from '../../training/state-file.js';
import type { FinishedImages } from './finished-images.js';
import type { AttackSettings } from './options.js';

const FORMAT = 'modulab attack checkpoint 1';

interface Header extends StateHeader {
  readonly passes: { forwards: number; gradients: number };
}

/** What must be the same for an attack to go on. */
export function attackFingerprint(
  settings: AttackSettings,
  seed: number,
  target: number | null,
  model: tf.LayersModel,
  set: ImageSet,
): string {
  return JSON.stringify({ settings, seed, target, weights: modelDigest(model), images: imageSetDigest(set) });
}

/** Writes what is known of the finished images; a reader never sees half of it. */
export async function writeAttackCheckpoint(
  file: string,
  fingerprint: string,
  { done, pixels, bytes, predictedBefore, predicted, predictedRounded, attacked }: FinishedImages,
  passes: Header['passes'],
): Promise<void> {
  const size = pixels.length / attacked.length;
  // float32 holds bytes and class numbers as they are.
  const columns = [predictedBefore, predicted, predictedRounded, attacked].map((list) => list.subarray(0, done));
  const parts = {
    pixels: [tf.tensor2d(pixels.subarray(0, done * size), [done, size])],
    bytes: [tf.tensor2d(Float32Array.from(bytes.subarray(0, done * size)), [done, size])],
    columns: columns.map((list) => tf.tensor1d(Float32Array.from(list))),
  };
  try {
    await writeStateFile(file, { format: FORMAT, fingerprint, passes } as Header, parts);
  } finally {
    tf.dispose(Object.values(parts).flat());
  }
}

/** @throws DataError when the file is no attack's checkpoint; OptionError when it is another attack's */
export async function readAttackCheckpoint(
  file: string,
  fingerprint: string,
): Promise<(FinishedImages & Pick<Header, 'passes'>) | null> {
  const saved = await readStateFile<Header>(file, { format: FORMAT, fingerprint }, 'attack');
  if (!saved) return null;
  const { header, parts } = saved;
  const [before, predicted, rounded, attacked] = parts.columns.map((list) => list.dataSync().slice());
  const finished = {
    done: parts.pixels[0].shape[0],
    pixels: parts.pixels[0].dataSync<'float32'>().slice(),
    bytes: Uint8Array.from(parts.bytes[0].dataSync()),
    predictedBefore: Int32Array.from(before),
    predicted: Int32Array.from(predicted),
    predictedRounded: Int32Array.from(rounded),
    attacked: Uint8Array.from(attacked),
    passes: header.passes,
  };
  tf.dispose(Object.values(parts).flat());
  return finished;
}
