import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../project-root.js';
import { importedPackageFile } from './package-exports.js';

type Namespace = Readonly<Record<string, unknown>>;

/** A module as the ways of importing it see it. */
export interface LoadedModule {
  /** `import * as` and `import()`. */
  readonly namespace: Namespace;
  /** `import x from`. */
  readonly default: unknown;
  /** `import x = require()`. */
  readonly exports: unknown;
}

type ImportFunction = (specifier: string) => Promise<Namespace>;

/** Codes of errors that say that a module is not there, as far as `import` knows. */
const NOT_FOUND = ['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT', 'ERR_PACKAGE_PATH_NOT_EXPORTED'];

/**
 * Loads packages and files as `import` in a file of one folder does: ES modules, CommonJS, JSON. What is not found from there is looked
 * for as `require` does, which knows files without their ending, and among the project's own packages.
 */
export class ModuleLoader {
  readonly require: NodeJS.Require;
  /** The file that imports seem to stand in. */
  readonly file: string;
  private readonly import: ImportFunction;
  private readonly importAsProject: ImportFunction;
  private readonly replaced = new Map<string, () => unknown>();
  private readonly namespaces = new WeakMap<object, Namespace>();

  constructor(readonly folder: string) {
    this.file = path.join(folder, 'cell.cjs');
    this.import = importFrom(this.file);
    this.importAsProject = importFrom(path.join(projectRoot, 'cell.cjs'));
    this.require = this.withReplaced(createRequire(this.file));
  }

  /** The same, for files of another folder. */
  for(folder: string): ModuleLoader {
    const other = new ModuleLoader(folder);
    for (const [specifier, load] of this.replaced) other.replace(specifier, load);
    return other;
  }

  /** Has a package's name stand for something else. */
  replace(specifier: string, load: () => unknown): void {
    this.replaced.set(specifier, load);
  }

  async load(specifier: string): Promise<LoadedModule> {
    const own = this.replaced.get(specifier);
    if (own) return this.commonJs(own());
    if (specifier.endsWith('.json')) return this.json(specifier);
    try {
      return this.loaded(await this.import(specifier), this.resolved(specifier));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const file = this.resolved(specifier);
      if (file !== null) return this.loaded(await this.import(pathToFileURL(file).href), file);
      try {
        return this.loaded(await this.importAsProject(specifier), null);
      } catch (second) {
        throw isNotFound(second) ? error : second;
      }
    }
  }

  /** As `import.meta.resolve` does: the URL of what would be loaded, which need not be there. */
  resolve(specifier: string): string {
    if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, pathToFileURL(this.file)).href;
    if (/^[a-z]+:/i.test(specifier)) return specifier;
    if (Module.builtinModules.includes(specifier)) return `node:${specifier}`;
    const file = importedPackageFile(specifier, this.require.resolve.paths(specifier) ?? []);
    return pathToFileURL(file ?? this.require.resolve(specifier)).href;
  }

  /** What of a CommonJS module the ways of importing it see. */
  commonJs(exported: unknown): LoadedModule {
    const isEsModule = (exported as { __esModule?: unknown } | null | undefined)?.__esModule === true;
    if (isEsModule) {
      const namespace = exported as Namespace;
      return { namespace, default: namespace['default'], exports: exported };
    }
    return { namespace: this.namespaceOf(exported), default: exported, exports: exported };
  }

  private loaded(namespace: Namespace, file: string | null): LoadedModule {
    const cached = file !== null && Object.hasOwn(require.cache, file) ? require.cache[file] : undefined;
    if (cached && cached.exports === namespace['default']) return this.commonJs(cached.exports);
    return { namespace, default: namespace['default'], exports: namespace['module.exports'] ?? namespace };
  }

  private json(specifier: string): LoadedModule {
    const file = this.require.resolve(specifier.startsWith('file:') ? new URL(specifier).pathname : specifier);
    return this.commonJs(JSON.parse(fs.readFileSync(file, 'utf8')));
  }

  /** Where `require` finds it; null where it does not. */
  private resolved(specifier: string): string | null {
    try {
      return this.require.resolve(specifier);
    } catch {
      return null;
    }
  }

  private namespaceOf(exported: unknown): Namespace {
    if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) {
      return { default: exported };
    }
    let namespace = this.namespaces.get(exported);
    if (!namespace) {
      const made = Object.create(null) as Record<string, unknown>;
      for (const name of Object.keys(exported)) {
        const get = () => (exported as Record<string, unknown>)[name];
        Object.defineProperty(made, name, { get, enumerable: true, configurable: true });
      }
      Object.defineProperty(made, 'default', { value: exported, enumerable: true, configurable: true });
      this.namespaces.set(exported, (namespace = made));
    }
    return namespace;
  }

  private withReplaced(native: NodeJS.Require): NodeJS.Require {
    return new Proxy(native, {
      apply: (_, self, [id]: [string]) => this.replaced.get(id)?.() ?? (native.call(self, id) as unknown),
    });
  }
}

/** `import()` as it is in a file. */
function importFrom(file: string): ImportFunction {
  const made = new Module(file) as NodeJS.Module & { _compile(code: string, file: string): void };
  made.filename = file;
  made._compile('module.exports = (specifier) => import(specifier);', file);
  return made.exports as ImportFunction;
}

function isNotFound(error: unknown): boolean {
  return NOT_FOUND.includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}
