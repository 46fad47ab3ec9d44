import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from './project-folder.js';

/** modulab's own version, from its package.json. */
export function packageVersion(): string {
  const file = path.join(projectFolder(), 'package.json');
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
}
