import fs from 'node:fs';
import path from 'node:path';
import { ModelError } from '../../errors.js';
import { loadModel } from '../../models/load-model.js';
import { modelDigest } from '../../models/model-digest.js';
import { saveModel } from '../../models/save-model.js';
import type * as tf from '../../tf.js';

/** A network in a file, as modules refer to it. */
export interface NetworkReference {
  /** Name of its folder, in the module's own folder or beside it. */
  readonly folder: string;
  /** `modelDigest` */
  readonly digest: string;
}

/**
 * Keeps a network beside a module's folder, once for all modules that are saved there.
 * @throws ModelError when another network, or a damaged one, lies in its place
 */
export async function writeNetwork(
  network: tf.LayersModel,
  moduleFolder: string,
  digest: string,
): Promise<NetworkReference> {
  const folder = `network-${digest.slice(0, 16)}`;
  const target = path.join(moduleFolder, '..', folder);
  if (fs.existsSync(path.join(target, 'model.json'))) (await readNetwork(target, digest)).dispose();
  else await saveModel(network, target);
  return { folder, digest };
}

/** A network that is shared by the modules that were loaded with it. */
export interface BorrowedNetwork {
  readonly network: tf.LayersModel;
  /** To be called once by each borrower; the last one disposes it. */
  readonly release: () => void;
}

interface Lent {
  readonly network: Promise<tf.LayersModel>;
  borrowers: number;
}

/** Networks that are in use, by their digest. */
const LENT = new Map<string, Lent>();

/**
 * The network of a module's file. Modules of one network that are loaded one after the other get the same one.
 * @throws ModelError when it is not there, or is another one
 */
export async function borrowNetwork(
  moduleFolder: string,
  { folder, digest }: NetworkReference,
): Promise<BorrowedNetwork> {
  const place = placeOf(moduleFolder, folder);
  const key = `${digest} ${path.resolve(place)}`;
  const known = LENT.get(key);
  const lent =
    known && (await isUnchanged(known.network, digest)) ? known : { network: readNetwork(place, digest), borrowers: 0 };
  LENT.set(key, lent);
  lent.borrowers++;
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    if (--lent.borrowers > 0) return;
    if (LENT.get(key) === lent) LENT.delete(key);
    void lent.network.then((network) => network.dispose(), () => undefined); // prettier-ignore
  };
  try {
    return { network: await lent.network, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Whether nobody has disposed it or trained it on meanwhile. */
async function isUnchanged(lent: Promise<tf.LayersModel>, digest: string): Promise<boolean> {
  try {
    return modelDigest(await lent) === digest;
  } catch {
    return false;
  }
}

/** The network's folder: within the module's own where it was put there, else beside it. */
function placeOf(moduleFolder: string, folder: string): string {
  const places = [path.join(moduleFolder, folder), path.join(moduleFolder, '..', folder)];
  const place = places.find((candidate) => fs.existsSync(path.join(candidate, 'model.json')));
  if (place !== undefined) return place;
  throw new ModelError(
    `${moduleFolder}: the module's network is missing; expected it in ${places[1]} or ${places[0]}. Move or copy it along with the module.`,
  );
}

async function readNetwork(folder: string, digest: string): Promise<tf.LayersModel> {
  const { model } = await loadModel(path.join(folder, 'model.json'), { twoClasses: false });
  const found = modelDigest(model);
  if (found === digest) return model;
  model.dispose();
  throw new ModelError(
    `${folder}: expected the network of digest ${digest.slice(0, 12)}…, found ${found.slice(0, 12)}…. Save the module again elsewhere, or ` +
      'put its own network back.',
  );
}
