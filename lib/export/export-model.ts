import fs from 'node:fs';
import path from 'node:path';
import type { Normalisation } from '../datasets/dataset.js';
import { ModelError, OptionError } from '../errors.js';
import { saveModel } from '../models/save-model.js';
import { writeFileAtomically } from '../run/write-file.js';
import * as tf from '../tf.js';
import { kerasArchiveBytes, kerasH5Bytes } from './keras/write-keras.js';
import { asOneModel, type Exportable } from './one-model.js';
import { onnxBytes } from './onnx/onnx-bytes.js';
import { safetensorsBytes } from './write-safetensors.js';

/** What {@link exportModel} can be told. */
export interface ExportOptions {
  /** Replace a file that is already there. Default false. */
  overwrite?: boolean;
  /** Written where the format has a place for them: tfjs, ONNX. */
  classNames?: readonly string[];
  /** How images are to be normalised; written to tfjs and safetensors. */
  normalisation?: Normalisation;
  /** ONNX: how the graph takes images. Default 'NHWC', as the model does; 'NCHW' is PyTorch's. */
  layout?: 'NHWC' | 'NCHW';
  /** safetensors: put in front of every name, e.g. 'model.'. Default nothing. */
  prefix?: string;
}

type Writer = (model: tf.LayersModel, options: ExportOptions) => Promise<Uint8Array> | Uint8Array;

/** Formats by the file's ending. */
const WRITERS: Readonly<Record<string, Writer>> = {
  '.onnx': onnxBytes,
  '.keras': kerasArchiveBytes,
  '.h5': kerasH5Bytes,
  '.safetensors': (model, { prefix, normalisation }) =>
    safetensorsBytes(model, {
      prefix,
      metadata: normalisation
        ? { mean: JSON.stringify(normalisation.mean), std: JSON.stringify(normalisation.std) }
        : {},
    }),
};

/**
 * Writes a model, a cut module, a patched model or a composition for other programs. The ending decides the format:
 * - `.onnx`: ONNX opset 17, one graph; runs in onnxruntime;
 * - `.keras`, `.h5`: Keras 3, in its own classes of layers; `keras.models.load_model` opens it without our code;
 * - `.safetensors`: weights under PyTorch's names and axes, those with which they came;
 * - no ending: a folder in tfjs format, as `saveModel` writes it.
 *
 * Patched models and compositions become one graph ({@link asOneModel}). Outputs agree with `predict` to rounding.
 * @returns the path of what was written
 * @throws ModelError naming a layer that the format has nothing for, or when the file is there already
 * @throws OptionError on an ending that is none of these, or class names that do not fit
 * @example
 * await exportModel(modules['circle'], 'out/circle.onnx', { classNames: ['circle'] });
 */
export async function exportModel(source: Exportable, file: string, options: ExportOptions = {}): Promise<string> {
  const ending = path.extname(file).toLowerCase();
  const writer = Object.hasOwn(WRITERS, ending) ? WRITERS[ending] : undefined;
  if (!writer && ending !== '') {
    throw new OptionError(
      `${file}: expected a name that ends in ${Object.keys(WRITERS).join(', ')}, or a folder without ending.`,
    );
  }
  const { layout = 'NHWC', classNames, overwrite = false } = options;
  if (layout !== 'NHWC' && layout !== 'NCHW') {
    throw new OptionError(`layout: expected 'NHWC' or 'NCHW', got '${String(layout)}'.`);
  }
  if (writer && !overwrite && fs.existsSync(file)) {
    throw new ModelError(`${file}: there is a file already; choose another name or pass { overwrite: true }.`);
  }
  const model = asOneModel(source);
  try {
    const classes = model.outputs[0].shape.at(-1);
    if (classNames && classNames.length !== classes) {
      throw new OptionError(`classNames: expected ${classes} names, one per output, got ${classNames.length}.`);
    }
    if (!writer) {
      const { normalisation } = options;
      return await saveModel(model, file, {
        overwrite,
        ...(normalisation && { normalisation }),
        ...(classNames && { classNames }),
      });
    }
    const bytes = await writer(model, options);
    try {
      writeFileAtomically(file, bytes);
    } catch (cause) {
      throw new ModelError(`${file}: cannot be written (${(cause as Error).message}).`, { cause });
    }
    return file;
  } finally {
    if (!(source instanceof tf.LayersModel)) model.dispose();
  }
}
