import path from 'node:path';

/** One way into the package: `modulab`, or `modulab/plot`. */
export interface PackedEntry {
  /** As `exports` names it: '.', './plot'. */
  readonly path: string;
  /** The built module without its ending: './dist/lib/plot/index'. */
  readonly commonJs: string;
  /** The module for `import`: './dist/esm/plot.mjs'. */
  readonly esm: string;
}

/**
 * The entries of the package: the whole library, and every namespace that it has under a name of its own, so that
 * `import * as plot from 'modulab/plot'` is what `import { plot } from 'modulab'` brings.
 * @param index the source of lib/index.ts
 */
export function packageEntries(index: string): PackedEntry[] {
  const namespaces = [...index.matchAll(/^export \* as (\w+) from '\.\/([^']+)\.js';$/gm)];
  return [
    { path: '.', commonJs: './dist/lib/index', esm: './dist/esm/index.mjs' },
    ...namespaces.map(([, name = '', module = '']) => ({
      path: `./${name}`,
      commonJs: `./dist/lib/${module}`,
      esm: `./dist/esm/${name}.mjs`,
    })),
  ];
}

/**
 * The ES module of an entry and its types. It passes on what the CommonJS module has: loaded both ways, modulab is still there once,
 * with one engine.
 * @param names what the module exports
 */
export function esmFace({ commonJs, esm }: PackedEntry, names: readonly string[]): { code: string; types: string } {
  const module = path.posix.relative(path.posix.dirname(esm), `${commonJs}.js`);
  return {
    code: `import $modulab from '${module}';\nexport const {\n${names.map((name) => `  ${name},\n`).join('')}} = $modulab;\n`,
    types: `export * from '${module}';\n`,
  };
}
