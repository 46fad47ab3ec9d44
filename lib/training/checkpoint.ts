import fs from 'node:fs/promises';
import * as tf from '../tf.js';
import { DataError, OptionError } from '../errors.js';
import { writeFileAtomically } from '../run/write-file.js';
import type { EpochRecord } from './history.js';
import type { Optimizer, OptimizerState } from './optimizers.js';

/** Weights of the best validation epoch so far. */
export interface BestEpoch {
  readonly epoch: number;
  readonly accuracy: number;
  readonly weights: tf.Tensor[];
}

export interface RunState {
  /** What must be the same for a run to go on: options, sizes and shapes, as JSON. */
  readonly fingerprint: string;
  readonly model: tf.LayersModel;
  readonly optimizer: Optimizer;
  readonly history: readonly EpochRecord[];
  readonly best: BestEpoch | null;
}

export interface SavedRun {
  readonly weights: tf.Tensor[];
  readonly optimizer: OptimizerState;
  readonly history: EpochRecord[];
  readonly best: BestEpoch | null;
}

interface Header {
  format: 'modulab training checkpoint 1';
  fingerprint: string;
  steps: number;
  history: EpochRecord[];
  best: { epoch: number; accuracy: number } | null;
  /** In file order; data are float32, little-endian, one after the other behind the header. */
  tensors: { part: string; shape: number[] }[];
}

/** All of a model's weights, batch-norm statistics included, as kept copies. */
export function copyWeights(model: tf.LayersModel): tf.Tensor[] {
  return model.getWeights().map((weight) => tf.keep(tf.clone(weight)));
}

/** Writes a run's state to one file; a reader never sees half of it. */
export async function writeCheckpoint(file: string, state: RunState): Promise<void> {
  const optimizer = state.optimizer.state();
  const parts: [string, tf.Tensor[]][] = [['weights', state.model.getWeights()]];
  for (const [slot, tensors] of Object.entries(optimizer.slots)) parts.push([`slot/${slot}`, tensors]);
  if (state.best) parts.push(['best', state.best.weights]);
  const header: Header = {
    format: 'modulab training checkpoint 1',
    fingerprint: state.fingerprint,
    steps: optimizer.steps,
    history: [...state.history],
    best: state.best && { epoch: state.best.epoch, accuracy: state.best.accuracy },
    tensors: parts.flatMap(([part, tensors]) => tensors.map(({ shape }) => ({ part, shape }))),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const data: Buffer[] = [];
  for (const [, tensors] of parts) {
    for (const tensor of tensors) {
      const values = await tensor.data<'float32'>();
      data.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    }
  }
  writeFileAtomically(file, Buffer.concat([length, json, ...data]));
}

/**
 * Reads a run's state; null when the file is not there.
 * @throws DataError when the file is no checkpoint or cut short; OptionError when it belongs to another run
 */
export async function readCheckpoint(file: string, fingerprint: string): Promise<SavedRun | null> {
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const header = parseHeader(file, bytes);
  if (header.fingerprint !== fingerprint) {
    throw new OptionError(
      `checkpoint: '${file}' belongs to a run with other options, images or layers. Name another file, or delete it to start afresh.\n` +
        `  there: ${header.fingerprint}\n  now:   ${fingerprint}`,
    );
  }
  let offset = 4 + bytes.readUInt32LE(0);
  const expected = header.tensors.reduce((sum, { shape }) => sum + 4 * tf.util.sizeFromShape(shape), offset);
  if (bytes.length !== expected) {
    throw new DataError(
      `checkpoint: '${file}' has ${bytes.length} bytes, expected ${expected}. Delete it to start afresh.`,
    );
  }
  const parts: Record<string, tf.Tensor[]> = {};
  for (const { part, shape } of header.tensors) {
    const size = tf.util.sizeFromShape(shape);
    const values = new Float32Array(size);
    Buffer.from(values.buffer).set(bytes.subarray(offset, offset + 4 * size));
    offset += 4 * size;
    (parts[part] ??= []).push(tf.keep(tf.tensor(values, shape)));
  }
  const slots: Record<string, tf.Tensor[]> = {};
  for (const [part, tensors] of Object.entries(parts)) {
    if (part.startsWith('slot/')) slots[part.slice('slot/'.length)] = tensors;
  }
  return {
    weights: parts.weights,
    optimizer: { steps: header.steps, slots },
    history: header.history,
    best: header.best && { ...header.best, weights: parts.best },
  };
}

function parseHeader(file: string, bytes: Buffer): Header {
  try {
    const header = JSON.parse(bytes.toString('utf8', 4, 4 + bytes.readUInt32LE(0))) as Header;
    if (header.format === 'modulab training checkpoint 1') return header;
  } catch {
    /* reported below */
  }
  throw new DataError(
    `checkpoint: '${file}' (${bytes.length} bytes) is not a training checkpoint. Name another file; it is left as it is.`,
  );
}
