import fs from 'node:fs';
import path from 'node:path';

/** Conditions of a package's `exports` that hold for `import` in Node. */
const CONDITIONS = ['node', 'import', 'module-sync', 'default'];

/**
 * The file that `import` gets for a package's name, by the package's `exports`.
 * @param folders where packages lie, nearest first
 * @returns null for a package that is not there or has no `exports`
 */
export function importedPackageFile(specifier: string, folders: readonly string[]): string | null {
  const [, name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
  for (const folder of folders) {
    const manifest = path.join(folder, name, 'package.json');
    if (!fs.existsSync(manifest)) continue;
    const { exports } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { exports?: unknown };
    const target = exports === undefined ? null : targetOf(exports, `.${rest}`);
    return target === null ? null : path.join(folder, name, target);
  }
  return null;
}

function targetOf(exports: unknown, subpath: string): string | null {
  const isTable = typeof exports === 'object' && exports !== null && !Array.isArray(exports);
  const paths = isTable ? Object.keys(exports).filter((key) => key.startsWith('.')) : [];
  if (paths.length === 0) return subpath === '.' ? chosen(exports, '') : null;
  const table = exports as Record<string, unknown>;
  if (Object.hasOwn(table, subpath)) return chosen(table[subpath], '');
  const patterns = paths.filter((key) => key.includes('*')).sort((a, b) => b.length - a.length);
  for (const pattern of patterns) {
    const [head = '', tail = ''] = pattern.split('*');
    if (!subpath.startsWith(head) || !subpath.endsWith(tail) || subpath.length < head.length + tail.length) continue;
    return chosen(table[pattern], subpath.slice(head.length, subpath.length - tail.length));
  }
  return null;
}

function chosen(target: unknown, star: string): string | null {
  if (typeof target === 'string') return target.replaceAll('*', star);
  if (typeof target !== 'object' || target === null) return null;
  if (Array.isArray(target)) return target.map((each) => chosen(each, star)).find((each) => each !== null) ?? null;
  for (const [condition, each] of Object.entries(target)) {
    const found = CONDITIONS.includes(condition) ? chosen(each, star) : null;
    if (found !== null) return found;
  }
  return null;
}
