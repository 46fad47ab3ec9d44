import { ModelError } from '../../../errors.js';
import type { Normalisation } from '../../../datasets/dataset.js';
import type * as tf from '../../../tf.js';
import { isObject } from '../model-file.js';

/** What `saveModel` stores beside the layers. */
export interface SavedMetadata {
  normalisation: Normalisation | null;
  classNames: string[] | null;
}

/** Reads back what `saveModel` stored in model.json; nulls in models of other origin. @throws ModelError when malformed */
export function readSavedMetadata(stored: Record<string, unknown>, model: tf.LayersModel, file: string): SavedMetadata {
  const { normalisation = null, classNames = null } = stored;
  const channels = model.inputs[0].shape.at(-1);
  if (normalisation !== null && !isNormalisation(normalisation, channels ?? undefined)) {
    throw new ModelError(`${file}: normalisation: expected mean and std with ${channels} numbers each.`);
  }
  const classes = model.outputs[0].shape.at(-1);
  if (classNames !== null && !(Array.isArray(classNames) && classNames.every((name) => typeof name === 'string'))) {
    throw new ModelError(`${file}: classNames: expected a list of texts.`);
  }
  if (classNames !== null && classNames.length !== classes) {
    throw new ModelError(`${file}: classNames: expected ${classes} names, one per output, got ${classNames.length}.`);
  }
  return { normalisation, classNames };
}

function isNormalisation(value: unknown, channels: number | undefined): value is Normalisation {
  const isList = (list: unknown): list is number[] =>
    Array.isArray(list) && list.length === channels && list.every((v) => typeof v === 'number' && Number.isFinite(v));
  return isObject(value) && isList(value['mean']) && isList(value['std']) && value['std'].every((v) => v > 0);
}
