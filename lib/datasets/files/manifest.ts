import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../../errors.js';
import { projectFolder } from '../../run/project-folder.js';
import { type StoredDatasetName } from '../stored/stored-sets.js';

/** One official file to download. */
export interface ManifestDownload {
  readonly file: string;
  /** Tried in this order. */
  readonly urls: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
  readonly md5?: string;
  /** How the checksums are known. */
  readonly checksumOrigin: string;
  /** The file is a .tar.gz that holds the set's `files`. */
  readonly unpack?: boolean;
}

/** One file that the readers need, as unpacked content. */
export interface ManifestFile {
  readonly bytes: number;
  readonly sha256: string;
  readonly origin: 'computed' | 'recorded';
}

export interface ManifestSet {
  readonly title: string;
  /** Name of the set's folder under a data folder. */
  readonly folder: string;
  readonly homepage: string;
  readonly terms: string;
  readonly downloads: readonly ManifestDownload[];
  readonly files: Readonly<Record<string, ManifestFile>>;
}

/** What is known about the official files of the sets (data/manifest.json). A set that is not in it cannot be fetched. */
export interface Manifest {
  readonly sets: Readonly<Partial<Record<StoredDatasetName, ManifestSet>>>;
}

/** Reads the project's data/manifest.json. @throws DataError when it is missing or no JSON */
export function readManifest(file = path.join(projectFolder(), 'data', 'manifest.json')): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch (cause) {
    throw new DataError(`${file}: expected the data manifest as JSON: ${(cause as Error).message}.`, { cause });
  }
}
