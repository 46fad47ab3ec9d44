import fs from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../session/project-root.js';

/** What is built, installed or measured, and other people's code. */
const FOREIGN = new Set([
  'node_modules',
  'dist',
  'out',
  'runs',
  '.build',
  '.git',
  'shims',
  '.ipynb_checkpoints',
  'cache',
]);

/**
 * The project's own files under some folders, relative to the project, with `/` on every system, sorted.
 * @param folders e.g. `['lib', 'bench']`; '.' is the whole project
 * @param extensions e.g. `['.ts', '.mjs']`
 */
export function projectFiles(folders: readonly string[], extensions: readonly string[]): string[] {
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of fs.readdirSync(path.join(projectRoot, folder), { withFileTypes: true })) {
      if (FOREIGN.has(entry.name)) continue;
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) visit(file);
      else if (extensions.includes(path.extname(entry.name))) files.push(file);
    }
  };
  folders.forEach(visit);
  return files.sort();
}

/** The text of a file of the project. */
export function readProjectFile(file: string): string {
  return fs.readFileSync(path.join(projectRoot, file), 'utf8');
}
