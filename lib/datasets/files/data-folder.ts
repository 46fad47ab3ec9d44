import path from 'node:path';
import { projectFolder } from '../../run/project-folder.js';

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
