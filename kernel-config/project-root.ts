import fs from 'node:fs';
import path from 'node:path';

function folderOfPackage(folder: string): string {
  return fs.existsSync(path.join(folder, 'package.json')) ? folder : folderOfPackage(path.dirname(folder));
}

/** The project's folder: the one that holds package.json, node_modules and dist. */
export const projectRoot = folderOfPackage(__dirname);
