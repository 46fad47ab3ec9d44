import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelError } from '../../errors.js';
import { isArchitecture } from '../formats/keras/architecture-beside.js';
import { isObject } from '../formats/model-file.js';

/**
 * The file that a caller means: `~` is the home folder, `file:` addresses are paths, of a folder the model inside is taken.
 * @param endings of model files, for folders
 * @throws ModelError when a folder holds no model or several, naming what is there
 */
export function locateModel(given: string, endings: readonly string[]): string {
  let file = given;
  if (/^file:/i.test(given)) {
    try {
      file = fileURLToPath(given);
    } catch (cause) {
      throw new ModelError(`${given}: expected a file: address of a local file (${(cause as Error).message}).`, {
        cause,
      });
    }
  } else if (given === '~' || given.startsWith('~/')) file = path.join(os.homedir(), given.slice(1));
  return isFolder(file) ? modelIn(file, endings, true) : file;
}

const isFolder = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;

function modelIn(folder: string, endings: readonly string[], mayDescend: boolean): string {
  const names = fs.readdirSync(folder).filter((name) => !name.startsWith('.') && name !== '__MACOSX');
  const there = (name: string) => path.join(folder, name);
  for (const name of ['model.json', 'config.json']) {
    if (names.includes(name) && describesModel(there(name))) return there(name);
  }
  if (names.includes('saved_model.pb')) return there('saved_model.pb');
  const models = names.filter((name) => {
    const ending = path.extname(name).toLowerCase();
    if (isFolder(there(name))) return false;
    return ending === '.json' ? describesModel(there(name)) : endings.includes(ending);
  });
  // Weights beside a whole model are the same model once more.
  const whole = models.filter((name) => !/[._-]weights\.(h5|hdf5)$/i.test(name));
  const found = whole.length > 0 ? whole : models;
  if (found.length === 1) return there(found[0]);
  if (found.length > 1) {
    throw new ModelError(
      `${folder}: expected one model, found ${found.slice(0, 6).join(', ')}; name the one you mean.`,
    );
  }
  if (mayDescend) {
    const inside = names.filter((name) => isFolder(there(name)));
    const opened = inside.flatMap((name) => {
      try {
        return [modelIn(there(name), endings, false)];
      } catch (error) {
        if (error instanceof ModelError) return [];
        throw error;
      }
    });
    if (opened.length === 1) return opened[0];
  }
  throw new ModelError(
    `${folder}: expected a model in this folder (model.json or a file ending in ${endings.join(', ')}), found ` +
      `${names.slice(0, 6).join(', ') || 'nothing'}.`,
  );
}

/** Whether a JSON file is a model and no settings of another program. */
function describesModel(file: string): boolean {
  try {
    const json: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return isObject(json) && ('modelTopology' in json || isArchitecture(json));
  } catch {
    return path.basename(file) === 'model.json'; // whoever opens it says what is wrong
  }
}
