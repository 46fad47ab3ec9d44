import path from 'node:path';
import { DataError } from '../../errors.js';
import { commandLine } from '../../run/installation/command-line.js';
import type { ImageSet } from '../dataset.js';
import { type DataFile, findDataFile, readDataFile } from '../files/data-file.js';
import type { LoadOptions } from '../load-options.js';

/** The files of one data set, and a record of those that were read. */
export interface SetFiles {
  readonly folder: string;
  /** SHA-256 of every file read so far, as it lies on the disk. */
  readonly provenance: Readonly<Record<string, string>>;
  /** Whether the file is there, plain or gzipped. */
  has(file: string): Promise<boolean>;
  /**
   * Reads a file, unpacked where it is gzipped.
   * @throws DataError when it is missing, saying how to get it, or damaged
   */
  read(file: string): Promise<DataFile>;
}

/**
 * A data set that is read from files. To add one: a file in this folder that exports one of these, and a line in
 * `stored-sets.ts`.
 */
export interface StoredSet {
  /** Where its files lie under a data folder, tried in this order; '.' is the data folder itself. */
  readonly folders: readonly string[];
  /** Files, plain or gzipped, any of which says that a folder holds the set; the usual one first. */
  readonly markers: readonly string[];
  /** Options of `loadDataset` that belong to this set. */
  readonly options?: readonly (keyof LoadOptions)[];
  /** @throws DataError when a file is missing, damaged or of another format */
  read(files: SetFiles, options: LoadOptions): Promise<{ readonly train: ImageSet; readonly test: ImageSet }>;
}

/** Opens the folder of a set. Nothing is read yet. */
export function openSetFiles(name: string, folder: string): SetFiles {
  const provenance: Record<string, string> = {};
  return {
    folder,
    provenance,
    has: async (file) => (await findDataFile(folder, file)) !== null,
    async read(file) {
      const found = await findDataFile(folder, file);
      if (!found) {
        throw new DataError(
          `${path.join(folder, file)}: expected this file (or ${file}.gz) of data set ${name}, it is missing. ` +
            `Run “${commandLine('data', 'fetch', name)}”.`,
        );
      }
      const content = await readDataFile(found);
      provenance[path.basename(found)] = content.sha256;
      return content;
    },
  };
}
