import path from 'node:path';

/** So many source files may stand beside each other: a reader takes in a folder at a glance, or does not find the file. */
export const MOST_FILES = 25;

/**
 * Folders with more source files beside each other than anyone looks through. Tests and their fixtures do not count, since they
 * stand beside what they test, nor do files in folders further down.
 * @param files paths relative to the project
 */
export function crowdedFolders(files: readonly string[], most = MOST_FILES): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    if (/\.(test|fixture)\.ts$/.test(file)) continue;
    const folder = path.posix.dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > most)
    .map(
      ([folder, count]) => `${folder}: ${count} files; cut it into folders that say what is in them (at most ${most})`,
    );
}
