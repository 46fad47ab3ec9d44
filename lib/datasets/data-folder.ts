import { existsSync } from 'node:fs';
import path from 'node:path';

/** The project's own folder: the nearest one above this file that holds `data/manifest.json`. */
export function projectFolder(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'data', 'manifest.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no data/manifest.json above ${__dirname}`);
    folder = parent;
  }
  return folder;
}

/** Where `fetch` puts data sets unless told otherwise; git-ignored. */
export function cacheFolder(): string {
  return path.join(projectFolder(), 'data', 'cache');
}

/** Folders to look for data sets in: the given one alone, else MODULAB_DATA where it is set, then the cache. */
export function dataRoots(dir?: string): string[] {
  if (dir !== undefined) return [dir];
  const fromEnvironment = process.env.MODULAB_DATA;
  return [...(fromEnvironment ? [fromEnvironment] : []), cacheFolder()];
}
