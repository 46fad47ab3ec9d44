import path from 'node:path';
import ts from 'typescript';

/**
 * The files that modules need, themselves included: what they import by relative paths, and what that imports.
 * @param start files, relative to the folder that `read` reads in
 * @param ending of what an import of './x.js' leads to: '.js', or '.d.ts' for types
 * @param read the text of a file; undefined where it is not there
 * @throws Error for an import that leads nowhere
 */
export function reachableFiles(
  start: readonly string[],
  ending: '.js' | '.d.ts',
  read: (file: string) => string | undefined,
): Set<string> {
  const found = new Set<string>();
  const open = [...start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    const text = read(file);
    if (text === undefined) throw new Error(`${file} is not there, and something in the package needs it.`);
    found.add(file);
    for (const { fileName } of importsOf(text)) {
      if (!fileName.startsWith('.')) continue;
      const target = path.posix.join(path.posix.dirname(file), fileName).replace(/\.js$/, ending);
      // Generated when dist/ is built; it has no types.
      if (!target.endsWith('tfjs-registrations.d.ts')) open.push(target);
    }
  }
  return found;
}

/** The packages that a module imports, without those of Node. */
export function packagesOf(text: string): string[] {
  const names = importsOf(text)
    .map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'));
  return [...new Set(names.map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/')))];
}

const importsOf = (text: string): ts.FileReference[] => ts.preProcessFile(text, true, true).importedFiles;
