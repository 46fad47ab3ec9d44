import os from 'node:os';
import path from 'node:path';
import { isClone } from '../../run/installation/command-line.js';
import { projectFolder } from '../../run/project-folder.js';

/**
 * Where `fetch` puts data sets unless told otherwise: into the clone, git-ignored, or where modulab is an installed package, which goes
 * with the next installation, into the user's cache.
 */
export function cacheFolder(): string {
  if (isClone()) return path.join(projectFolder(), 'data', 'cache');
  const caches = process.env.XDG_CACHE_HOME || process.env.LOCALAPPDATA || path.join(os.homedir(), '.cache');
  return path.join(caches, 'modulab', 'data');
}

/** Folders to look for data sets in: the given one alone, else MODULAB_DATA where it is set, then the cache. */
export function dataRoots(dir?: string): string[] {
  if (dir !== undefined) return [dir];
  const fromEnvironment = process.env.MODULAB_DATA;
  return [...(fromEnvironment ? [fromEnvironment] : []), cacheFolder()];
}
