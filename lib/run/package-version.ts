import fs from 'node:fs';
import path from 'node:path';

/** modulab's own version, from the package.json above this file. */
export function packageVersion(): string {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (!fs.existsSync(file)) continue;
    const { name, version } = JSON.parse(fs.readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (name === 'modulab' && version) return version;
  }
  return 'unknown';
}
