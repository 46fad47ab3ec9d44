import path from 'node:path';
import { ModelError } from '../../errors.js';
import type { ModelFile } from '../formats/model-format.js';

/**
 * Refuses what is no model but stands in the place of one: a git-lfs pointer, a web page.
 * @throws ModelError that says what it is and what to do
 */
export function refusePlaceholders({ path: file, bytes }: ModelFile): void {
  const start = bytes.toString('latin1', 0, 1024).replace(/^(\xef\xbb\xbf)?\s*/, '');
  if (start.startsWith('version https://git-lfs.github.com/spec/')) {
    const size = /^size (\d+)$/m.exec(start)?.[1];
    throw new ModelError(
      `${file}: is a git-lfs pointer, not the model itself${size ? ` (of ${size} bytes)` : ''}; run \`git lfs pull\` in its repository.`,
    );
  }
  if (/^(<!doctype html|<html|<head|<\?xml[^>]*>\s*<!doctype html)/i.test(start)) {
    const title = /<title[^>]*>([^<]{1,80})/i.exec(start)?.[1].trim();
    throw new ModelError(
      `${file}: is a web page${title ? ` ("${title}")` : ''}, not a model; download the file itself (the "raw" or "download" address).`,
    );
  }
}

const KERAS_EXPORT = `model.save('model.keras')`;

/** Files of other programs, by content or name, and the way here. */
const FOREIGN: readonly { what: string; is: (file: ModelFile, name: string) => boolean; advice: string }[] = [
  {
    what: 'a TensorFlow Lite model',
    is: ({ bytes }, name) => bytes.toString('latin1', 4, 8) === 'TFL3' || name.endsWith('.tflite'),
    advice: `open the Keras model that it was converted from (${KERAS_EXPORT}), or convert it to ONNX with tf2onnx`,
  },
  {
    what: 'a TensorFlow SavedModel or frozen graph, which holds operations and no layers',
    is: (_, name) => name === 'saved_model.pb' || name === 'keras_metadata.pb' || /\.(pb|pbtxt)$/.test(name),
    advice: `load it in Python and save its layers: model = keras.models.load_model(folder); ${KERAS_EXPORT}, or convert it to ONNX: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx`,
  },
  {
    what: 'a TensorFlow checkpoint, which holds weights and no network',
    is: (_, name) => name === 'checkpoint' || /\.(ckpt|index|meta)$/.test(name) || /\.data-\d+-of-\d+$/.test(name),
    advice: `build the model in Python, model.load_weights(…), ${KERAS_EXPORT}`,
  },
  {
    what: 'a Python pickle, which is a program that runs when it is opened',
    is: ({ bytes }, name) =>
      /\.(pkl|pickle|joblib)$/.test(name) || (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5),
    advice: 'open it in Python where you trust it, and save the model as .keras, ONNX or safetensors',
  },
  {
    what: 'a Core ML, MXNet, Caffe or Darknet model',
    is: (_, name) => /\.(mlmodel|mlpackage|params|caffemodel|prototxt|weights|cfg)$/.test(name),
    advice: 'convert it to ONNX with its own tools',
  },
];

/** Refuses a file that no format reads. @throws ModelError that says what it is, as far as that can be told, and what is read */
export function refuseUnknown(file: ModelFile, endings: readonly string[]): never {
  const name = path.basename(file.path).toLowerCase();
  const foreign = FOREIGN.find(({ is }) => is(file, name));
  if (foreign) throw new ModelError(`${file.path}: is ${foreign.what}; ${foreign.advice}.`);
  throw new ModelError(
    `${file.path}: expected a model file ending in ${endings.slice(0, -1).join(', ')} or ${endings[endings.length - 1]}.`,
  );
}
