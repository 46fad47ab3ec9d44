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

/** Reads the project's data/manifest.json. @throws DataError when it is missing, no JSON, or not as it should be */
export function readManifest(file = path.join(projectFolder(), 'data', 'manifest.json')): Manifest {
  try {
    return checkManifest(JSON.parse(readFileSync(file, 'utf8')), file);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${file}: expected the data manifest as JSON: ${(cause as Error).message}.`, { cause });
  }
}

type Fields = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A name within a folder, which leads nowhere else. */
const isPlainName = (value: unknown): boolean =>
  typeof value === 'string' && /^[\w][\w .-]*$/.test(value) && !value.endsWith('.part');
const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isHex = (value: unknown, digits: number): boolean =>
  typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isAddress = (value: unknown): boolean => typeof value === 'string' && /^https?:\/\//.test(value);

/** What every field must be. */
const SET = { title: isText, folder: isPlainName, homepage: isText, terms: isText };
const DOWNLOAD = {
  file: isPlainName,
  urls: (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isAddress),
  bytes: isSize,
  sha256: (value: unknown) => isHex(value, 64),
  md5: (value: unknown) => value === undefined || isHex(value, 32),
  checksumOrigin: isText,
  unpack: (value: unknown) => value === undefined || typeof value === 'boolean',
};
const FILE = { bytes: isSize, sha256: (value: unknown) => isHex(value, 64), origin: isText };

/**
 * Checks what files are written by: names that lead nowhere else, sizes, checksums, addresses.
 * @throws DataError naming the place and what is there
 */
export function checkManifest(json: unknown, where: string): Manifest {
  const fail = (place: string, found: unknown): never => {
    throw new DataError(
      `${where}: expected ${place} as data/manifest.json has it, got ${JSON.stringify(found)?.slice(0, 80)}. Restore the file.`,
    );
  };
  const fields = (
    value: unknown,
    place: string,
    wanted: Readonly<Record<string, (value: unknown) => boolean>>,
  ): Fields => {
    if (!isRecord(value)) return fail(place, value);
    for (const [name, isRight] of Object.entries(wanted))
      if (!isRight(value[name])) fail(`${place}.${name}`, value[name]);
    return value;
  };
  const { sets } = isRecord(json) ? json : {};
  if (!isRecord(sets)) return fail('sets', sets);
  for (const [name, value] of Object.entries(sets)) {
    const { downloads, files } = fields(value, `sets.${name}`, SET);
    if (!Array.isArray(downloads)) return fail(`sets.${name}.downloads`, downloads);
    downloads.forEach((one, i) => fields(one, `sets.${name}.downloads[${i}]`, DOWNLOAD));
    if (!isRecord(files)) return fail(`sets.${name}.files`, files);
    for (const [file, about] of Object.entries(files)) {
      if (!isPlainName(file)) fail(`the files of sets.${name}`, file);
      fields(about, `sets.${name}.files.${file}`, FILE);
    }
  }
  return json as Manifest;
}
