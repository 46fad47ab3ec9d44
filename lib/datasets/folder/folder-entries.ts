import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../../errors.js';

/** What lies in a folder, without what systems and programs put there for themselves. */
export interface FolderEntries {
  /** Names in the order of their code units, which is the same on every machine. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
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

/**
 * Lists a folder; links are followed.
 * @throws DataError when it is not there, is no folder or may not be read
 */
export async function folderEntries(folder: string): Promise<FolderEntries> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DataError(
      `${folder}: expected a folder of images, got ${missing ? 'no such folder' : (cause as Error).message}. Lay the images ` +
        'out as train/<class>/*.png and test/<class>/*.png.',
      { cause },
    );
  }
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('.') || SYSTEM_NAMES.has(name.toLowerCase())) continue;
    // A link that leads nowhere is no file and no folder.
    const kind = entry.isSymbolicLink() ? await stat(path.join(folder, name)).catch(() => null) : entry;
    if (kind?.isDirectory()) folders.push(name);
    else if (kind?.isFile()) files.push(name);
  }
  return { folders: folders.sort(), files: files.sort() };
}
