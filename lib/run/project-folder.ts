import fs from 'node:fs';
import path from 'node:path';

/**
 * The project's own folder: the nearest one above this file whose package.json is modulab's. It holds data/, dist/ and
 * node_modules/.
 * @throws Error when there is none, as in a copy of single files
 */
export function projectFolder(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    if (packageName(path.join(folder, 'package.json')) === 'modulab') return folder;
    if (path.dirname(folder) === folder) throw new Error(`There is no package.json of modulab above ${__dirname}.`);
  }
}

function packageName(file: string): string | undefined {
  if (!fs.existsSync(file)) return undefined;
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { name?: string }).name;
}
