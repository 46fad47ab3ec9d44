import fs from 'node:fs';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { DataError, OptionError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import { dropInnerFiles, innerFile } from '../../run/inner-files.js';
import { writeFileAtomically } from '../../run/write-file.js';
import type * as tf from '../../tf.js';

/** What one attack on one model has shown. */
export interface StressCell {
  /** Accuracy before the attack. */
  readonly clean: number;
  /** Per strength, positions of the images that the model is still right about. */
  readonly levels: number[][];
}

/** The finished attacks of a stress measurement. */
export interface StressCells {
  /** The cell of that name, computed where it is not known yet. */
  get: (name: string, compute: () => Promise<StressCell>) => Promise<StressCell>;
}

const FORMAT = 'modulab stress checkpoint 1';

/** Where the attack that is under way keeps its finished images. */
export const partOf = (checkpoint: string): string => innerFile(checkpoint, 'attack');

/**
 * Finished cells in a file; without one they are only computed.
 * @param options all that the result depends on, beside models and images
 * @throws DataError when the file is no such checkpoint; OptionError when it belongs to another measurement
 */
export function openStressCheckpoint(
  file: string | undefined,
  options: unknown,
  opened: readonly { model: tf.LayersModel; images: ImageSet }[],
): StressCells {
  if (file === undefined) return { get: (_, compute) => compute() };
  const about = opened.map(({ model, images }) => [modelDigest(model), imageSetDigest(images)]);
  const fingerprint = JSON.stringify({ options, about });
  const saved = readCells(file, fingerprint);
  const cells = saved ?? {};
  const write = (): void => {
    writeFileAtomically(file, JSON.stringify({ format: FORMAT, fingerprint, cells }));
    dropInnerFiles(file);
  };
  if (!saved) write(); // from here on, the attack under way is one of this measurement
  return {
    get: async (name, compute) => {
      if (Object.hasOwn(cells, name)) return cells[name];
      cells[name] = await compute();
      write();
      return cells[name];
    },
  };
}

type Cells = Record<string, StressCell>;

function readCells(file: string, fingerprint: string): Cells | null {
  if (!fs.existsSync(file)) return null;
  let content: { format?: string; fingerprint?: string; cells?: Cells } | undefined;
  try {
    content = JSON.parse(fs.readFileSync(file, 'utf8')) as typeof content;
  } catch {
    /* reported below */
  }
  if (content?.format !== FORMAT || !content.cells) {
    throw new DataError(`checkpoint: '${file}' is not a stress checkpoint. Name another file; it is left as it is.`);
  }
  if (content.fingerprint !== fingerprint) {
    throw new OptionError(
      `checkpoint: '${file}' belongs to a measurement with other options, images or models. Name another file, or delete it ` +
        'to start afresh.',
    );
  }
  return content.cells;
}
