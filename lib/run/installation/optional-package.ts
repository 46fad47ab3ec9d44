import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ModulabError } from '../../errors.js';
import { projectFolder } from '../project-folder.js';

const requireHere = createRequire(__filename);

/** Packages that one thing needs together, and what that is: the beginning of a sentence, such as 'A figure as PNG'. */
export interface PackageNeed {
  readonly what: string;
  readonly packages: readonly string[];
}

/**
 * Loads a package when it is first needed. Those that not everybody needs are dependencies of a clone and optional peers of the
 * package, and the drawing packages would add a second to `import 'modulab'`.
 * @param need what it is loaded for, and all packages that this takes: an error names all that are missing at once
 * @throws ModulabError with the command that installs what is missing
 * @example
 * const { JSDOM } = optionalPackage<typeof import('jsdom')>('jsdom', { what: 'A figure as SVG', packages: ['jsdom'] });
 */
export function optionalPackage<T>(name: string, need: PackageNeed): T {
  requirePackages(need);
  return requireHere(name) as T;
}

/**
 * Checks that packages are installed, and loads none.
 * @throws ModulabError with the command that installs what is missing
 */
export function requirePackages({ what, packages }: PackageNeed): void {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const several = missing.length > 1;
  throw new ModulabError(
    `${what} needs ${missing.join(', ')}, which ${several ? 'are' : 'is'} not installed. modulab works without: install ` +
      `${several ? 'them' : 'it'} where you need this: npm i ${missing.map(withRange).join(' ')}${advice(missing)}`,
  );
}

/** Whether Node would find the package from here. Starts and loads nothing. */
export function isInstalled(name: string): boolean {
  return packageFolder(name) !== undefined;
}

/** The folder of an installed package; undefined where it is not installed. */
export function packageFolder(name: string): string | undefined {
  // Not resolved as a module: a package need neither have an entry nor export its own description.
  const places = requireHere.resolve.paths(name) ?? [];
  return places
    .map((place) => path.join(place, name))
    .find((folder) => fs.existsSync(path.join(folder, 'package.json')));
}

/** The name with the versions that modulab has been tried with, where its own description says so. */
function withRange(name: string): string {
  const { peerDependencies = {} } = JSON.parse(fs.readFileSync(path.join(projectFolder(), 'package.json'), 'utf8')) as {
    peerDependencies?: Record<string, string>;
  };
  const range = peerDependencies[name];
  return range === undefined ? name : `"${name}@${range}"`;
}

/** What npm alone does not get right. */
function advice(missing: readonly string[]): string {
  if (!missing.includes('danfojs-node')) return '';
  return (
    '. danfo wants two packages that cannot be installed any more; put this into your package.json before: ' +
    '"overrides": { "danfojs-node": { "xlsx": "npm:@e965/xlsx@0.20.3", "@tensorflow/tfjs-node": ' +
    '"file:node_modules/modulab/kernel-config/shims/tfjs-node" } }'
  );
}
