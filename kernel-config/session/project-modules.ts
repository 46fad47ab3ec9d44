import Module from 'node:module';
import path from 'node:path';
import type * as ts from 'typescript';

/** The part of TypeScript's file access that module resolution goes through. */
type FileAccess = Pick<ts.System, 'fileExists' | 'directoryExists' | 'readFile' | 'getDirectories' | 'realpath'>;

/**
 * Lets the type checker find the project's packages from any folder, as Node does with NODE_PATH: after every
 * node_modules folder between the notebook and the root of the file system. TypeScript has no such setting, so the
 * last folder it looks into, `/node_modules`, answers with the project's packages where it has none of that name.
 * @param sys changed in place
 * @param cwd folder of the notebook; only its drive matters
 */
export function addProjectTypes(sys: FileAccess, cwd: string, projectRoot: string): void {
  const slashes = (p: string) => p.replaceAll('\\', '/');
  const last = slashes(path.join(path.parse(cwd).root, 'node_modules'));
  const ours = slashes(path.join(projectRoot, 'node_modules'));
  const real = { ...sys };
  const exists = (p: string) => real.fileExists(p) || real.directoryExists(p);
  const forward = (p: string) =>
    (p === last || p.startsWith(last + '/')) && !exists(p) ? ours + p.slice(last.length) : p;

  sys.fileExists = (p) => real.fileExists(forward(p));
  sys.directoryExists = (p) => real.directoryExists(forward(p));
  sys.readFile = (p, encoding) => real.readFile(forward(p), encoding);
  // The folders of @types are what every cell gets unasked. The project's own packages need more than Node's there, which
  // would cost each start of a kernel half a second; imports find their types without this list.
  sys.getDirectories = (p) => (forward(p) === `${ours}/@types` ? ['node'] : real.getDirectories(forward(p)));
  sys.realpath = (p) => real.realpath?.(forward(p)) ?? p;
}

/** Lets `require` find the project's packages from any folder, after the notebook's own. Child processes are not affected. */
export function addProjectPackages(projectRoot: string): void {
  const given = process.env.NODE_PATH;
  const ours = path.join(projectRoot, 'node_modules');
  process.env.NODE_PATH = given ? given + path.delimiter + ours : ours;
  (Module as unknown as { _initPaths(): void })._initPaths();
  if (given === undefined) delete process.env.NODE_PATH;
  else process.env.NODE_PATH = given;
}
