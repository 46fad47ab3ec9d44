import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../project-folder.js';

/**
 * How a command is typed here: `npm run data -- fetch mnist` in a clone, `npx modulab data fetch mnist` where modulab is installed as
 * a package.
 * @param name of the command; for `kernel doctor` the first word
 * @param args what follows it
 */
export function commandLine(name: string, ...args: string[]): string {
  if (isClone()) {
    // In a clone `npm run` knows it by its older name.
    const script = name === 'build-native' ? 'build:native' : name;
    return ['npm run', script, ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  }
  return ['npx modulab', name, ...args].join(' ');
}

/** Whether this is a clone of the project, with everything to build and test it, and not an installed package. */
export const isClone = (): boolean => fs.existsSync(path.join(projectFolder(), 'kernel-config', 'setup', 'setup.mjs'));
