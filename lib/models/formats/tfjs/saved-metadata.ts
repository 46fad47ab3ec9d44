import type { Normalisation } from '../../../datasets/dataset.js';
import { ModelError } from '../../../errors.js';
import { isObject } from '../model-file.js';

/** What `saveModel` stores beside the layers. */
export interface SavedMetadata {
  normalisation: Normalisation | null;
  classNames: string[] | null;
}

/** Reads back what `saveModel` stored in model.json; nulls in models of other origin. @throws ModelError when malformed */
export function readSavedMetadata(stored: Record<string, unknown>, file: string): SavedMetadata {
  const { normalisation = null, classNames = null } = stored;
  if (normalisation !== null && !isNormalisation(normalisation)) {
    throw new ModelError(`${file}: normalisation: expected mean and std as equally many numbers, each std above 0.`);
  }
  if (classNames !== null && !(Array.isArray(classNames) && classNames.every((name) => typeof name === 'string'))) {
    throw new ModelError(`${file}: classNames: expected a list of texts.`);
  }
  return { normalisation, classNames };
}

function isNormalisation(value: unknown): value is Normalisation {
  const isList = (list: unknown): list is number[] =>
    Array.isArray(list) && list.length > 0 && list.every((v) => typeof v === 'number' && Number.isFinite(v));
  if (!isObject(value) || !isList(value['mean']) || !isList(value['std'])) return false;
  return value['mean'].length === value['std'].length && value['std'].every((v) => v > 0);
}
