import type { PackedEntry } from './package-entries.js';

/** What is read of the project's own package.json. */
export interface ProjectManifest {
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/**
 * What a clone installs and not everybody needs, and for what. They are optional peers of the package: modulab says what to install
 * when it is asked for something that needs them (`lib/run/installation/optional-package.ts`).
 */
export const OPTIONAL: Readonly<Record<string, string>> = {
  jsdom: 'figures as SVG and PNG',
  'plotly.js-dist': 'figures as SVG and PNG; pages bring the smaller plotly.js-cartesian-dist-min',
  '@resvg/resvg-js': 'figures as PNG',
  'dejavu-fonts-ttf': 'figures as PNG',
  'danfojs-node': 'frame()',
  marked: 'notebookToHtml, npx modulab notebook',
  tslab: 'the kernel, the prompt, notebooks',
  typescript: 'the kernel, the prompt, notebooks',
  zeromq: 'the kernel, notebooks',
  '@jsquash/avif': 'AVIF pictures',
  '@jsquash/webp': 'WebP pictures',
};

/** In a clone only: danfo asks for it under a name that would install TensorFlow. */
const CLONE_ONLY = ['@tensorflow/tfjs-node'];

/** Versions with the same interface. */
const compatible = (version: string): string => (/^\d/.test(version) ? `^${version}` : version);

/** Where the program lies in the package. */
export const PROGRAM = 'dist/kernel-config/commands/modulab.js';

/** The package.json of the package, out of the project's own. */
export function packageManifest(project: ProjectManifest, entries: readonly PackedEntry[]): Record<string, unknown> {
  const { version, description, keywords, license, engines, dependencies, peerDependencies } = project;
  const known = Object.keys(dependencies).filter((name) => !CLONE_ONLY.includes(name));
  const missing = Object.keys(OPTIONAL).filter((name) => !known.includes(name));
  if (missing.length > 0) throw new Error(`Optional packages that the project does not depend on: ${missing.join()}.`);
  const optional = Object.fromEntries(
    known.filter((name) => name in OPTIONAL).map((name) => [name, compatible(dependencies[name]!)] as const),
  );
  const peers = { ...optional, ...peerDependencies };
  return {
    ...{ name: 'modulab', version, description, keywords, license, type: 'commonjs', engines },
    ...{ main: './dist/lib/index.js', types: './dist/lib/index.d.ts', bin: { modulab: `./${PROGRAM}` } },
    exports: {
      ...Object.fromEntries(
        entries.map(({ path, commonJs, esm }) => [path, { import: both(esm), require: both(commonJs) }]),
      ),
      './package.json': './package.json',
    },
    // For compilers and kernels that know no `exports`.
    typesVersions: {
      '*': Object.fromEntries(
        entries.filter(({ path }) => path !== '.').map(({ path, commonJs }) => [path.slice(2), [`${commonJs}.d.ts`]]),
      ),
    },
    dependencies: Object.fromEntries(
      known.filter((name) => !(name in OPTIONAL)).map((name) => [name, dependencies[name]!] as const),
    ),
    peerDependencies: Object.fromEntries(Object.entries(peers).sort(([a], [b]) => (a < b ? -1 : 1))),
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(peers)
        .sort()
        .map((name) => [name, { optional: true }]),
    ),
  };
}

/** A module with its types, as `exports` has it: types first. */
function both(stem: string): { types: string; default: string } {
  return stem.endsWith('.mjs')
    ? { types: stem.replace(/\.mjs$/, '.d.mts'), default: stem }
    : { types: `${stem}.d.ts`, default: `${stem}.js` };
}
