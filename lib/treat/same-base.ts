import { existsSync, readFileSync } from 'node:fs';
import { OptionError } from '../errors.js';
import { modelDigest } from '../models/model-digest.js';
import { writeFileAtomically } from '../run/write-file.js';
import type * as tf from '../tf.js';

/**
 * Notes in a file what a treatment starts from, or, where the file is there, refuses another start: a run's checkpoint
 * knows its options and images, not the weights it began with.
 * @throws OptionError when the file is that of another model or other frozen layers
 */
export function requireSameBase(file: string, model: tf.LayersModel, frozen: readonly string[]): void {
  const start = JSON.stringify({ model: modelDigest(model), frozen: [...frozen].sort() });
  if (!existsSync(file)) {
    writeFileAtomically(file, start);
  } else if (readFileSync(file, 'utf8') !== start) {
    throw new OptionError(
      `checkpoint: '${file}' says that the treatment there started from another model or froze other layers. Name another ` +
        'folder, or delete that one to start afresh.',
    );
  }
}
