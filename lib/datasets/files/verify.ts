import path from 'node:path';
import { DataError } from '../../errors.js';
import { loadDataset, locateDataset } from '../load.js';
import { type StoredDatasetName } from '../stored/stored-sets.js';
import { findDataFile, readDataFile, sha256Of } from './data-file.js';
import { type Manifest, readManifest } from './manifest.js';

/** What one file of a set is. */
export interface FileCheck {
  readonly file: string;
  /**
   * 'official': the official content; 'part': readable, but of another size than the official file;
   * 'changed': the official size, but other content; 'missing'.
   */
  readonly state: 'official' | 'part' | 'changed' | 'missing';
  /** Size of the unpacked content; null when missing. */
  readonly bytes: number | null;
}

export interface DatasetCheck {
  readonly name: StoredDatasetName;
  /**
   * 'complete': every file is official; 'part': all that is there reads well, but it is less than the official set, or no checksums
   * are known;
   * 'damaged': a file does not read, or was changed; 'absent'.
   */
  readonly state: 'complete' | 'part' | 'damaged' | 'absent';
  readonly folder: string | null;
  readonly files: readonly FileCheck[];
  /** Images per split, where the set reads. */
  readonly images: { readonly train: number; readonly test: number } | null;
  /** What is wrong, where something is. */
  readonly message: string | null;
}

/** Reads a set as a whole and compares its files with the manifest's checksums. Throws nothing on bad data. */
export async function verifyDataset(
  name: StoredDatasetName,
  options: { readonly dir?: string; readonly manifest?: Manifest } = {},
): Promise<DatasetCheck> {
  const set = (options.manifest ?? readManifest()).sets[name];
  let folder: string;
  try {
    folder = await locateDataset(name, options.dir);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { name, state: 'absent', folder: null, files: [], images: null, message: error.message };
  }
  try {
    const files: FileCheck[] = [];
    for (const [file, expected] of Object.entries(set?.files ?? {})) {
      const found = await findDataFile(folder, file);
      if (!found) {
        files.push({ file, state: 'missing', bytes: null });
        continue;
      }
      const { bytes } = await readDataFile(found);
      const same = bytes.length === expected.bytes;
      const state = !same ? 'part' : sha256Of(bytes) === expected.sha256 ? 'official' : 'changed';
      files.push({ file: path.basename(found), state, bytes: bytes.length });
    }
    const data = await loadDataset(name, { dir: options.dir });
    const images = { train: data.train.labels.length, test: data.test.labels.length };
    const changed = files.filter((check) => check.state === 'changed').map((check) => check.file);
    const complete = set !== undefined && files.every((check) => check.state === 'official');
    const state = changed.length > 0 ? 'damaged' : complete ? 'complete' : 'part';
    const message =
      changed.length > 0
        ? `${changed.join(', ')}: expected the official content, got other content of the same size. Fetch it again.`
        : null;
    return { name, state, folder, files, images, message };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { name, state: 'damaged', folder, files: [], images: null, message: error.message };
  }
}
