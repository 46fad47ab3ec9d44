import fs from 'node:fs';
import path from 'node:path';
import { exportModel } from '../../../../lib/export/export-model.js';
import { saveModel } from '../../../../lib/models/save-model.js';
import type * as tf from '../../../../lib/tf.js';
import type { OpenedModel } from '../../../results/opened-inputs.js';
import type { ResultFolder } from '../../../results/result-folder.js';

/** The name of a class as that of a folder, on every system. */
export const fileName = (name: string): string =>
  name
    .replace(/[\u0000-\u001f<>:"/\\|?*]+/g, '_')
    .replace(/^\.+|[. ]+$/g, '_')
    .slice(0, 100) || '_';

/** The files in a folder of the results, relative to those. */
export const filesIn = (root: string, folder: string): string[] =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));

/** Writes a model that a method made: into model/ as TensorFlow.js, or as one file in another format. */
export async function saveResultModel(
  model: tf.LayersModel,
  format: string,
  { normalisation, classNames }: OpenedModel,
  results: ResultFolder,
): Promise<string> {
  const about = { overwrite: true, ...(normalisation && { normalisation }), ...(classNames && { classNames }) };
  if (format === 'tfjs') {
    await saveModel(model, results.place('model'), about);
    results.note(...filesIn(results.path, 'model'));
    return 'model/model.json';
  }
  await exportModel(model, results.place(`model.${format}`), about);
  results.note(`model.${format}`);
  return `model.${format}`;
}
