import type { DataFile } from './data-file.js';

/** What lies in a folder, without what systems and programs put there for themselves. */
export interface FolderEntries {
  /** Names in the order of their code units, which is the same on every machine. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Files in folders: of the file system, or in an archive. Paths within it have slashes on every system; '' is its root. */
export interface FileTree {
  /** The path of a file or folder as it is known outside, for messages. */
  path(within: string): string;
  /** @throws DataError when there is no such folder, or it may not be read */
  entries(folder: string): Promise<FolderEntries>;
  /** Reads a file, unpacked where it is gzipped. @throws DataError when it is not there, damaged or too large */
  read(file: string): Promise<DataFile>;
  /** The first bytes of a file, or all of one that is shorter. @throws DataError as `read` */
  head(file: string, bytes: number): Promise<Buffer>;
  /** What systems and programs put there for themselves, of the folders that have been looked into. */
  systemFiles(): readonly string[];
  /** Links that lead nowhere, sockets and their like, of the folders that have been looked into. */
  lostFiles(): readonly string[];
  /** What tells a folder from others that are reached by other paths, such as links. */
  identity(folder: string): Promise<string>;
  /** Gives back what is open. */
  close(): Promise<void>;
}

/** macOS, Windows, Synology and Python leave these behind, in archives too. Names that begin with a dot are left out as well. */
const SYSTEM_NAMES = new Set([
  '__macosx',
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$recycle.bin',
  'system volume information',
  '@eadir',
  'lost+found',
  '__pycache__',
]);

/** Whether a name is one that systems and programs make for themselves. */
export const isSystemName = (name: string): boolean => name.startsWith('.') || SYSTEM_NAMES.has(name.toLowerCase());

/** A path within a tree. */
export const joined = (folder: string, name: string): string =>
  folder === '' || name === '' ? folder + name : `${folder}/${name}`;

/** The last part of a path within a tree. */
export const lastName = (within: string): string => within.slice(within.lastIndexOf('/') + 1);
