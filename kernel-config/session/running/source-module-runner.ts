import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { PLACES } from '../compiler/cell-output.js';
import type { ModuleOutput } from '../compiler/module-output.js';
import { type LoadedModule, ModuleLoader } from './module-loader.js';
import type { SourcePlaces } from './source-places.js';

interface SourceModule {
  readonly exports: { current: unknown };
  readonly done: Promise<void>;
}

const PARAMETERS = [PLACES.import, PLACES.meta, 'require', 'module', 'exports', '__filename', '__dirname'];

/** Runs the source files that cells import, each once until it changes. */
export class SourceModuleRunner {
  private readonly outputs = new Map<string, ModuleOutput>();
  private readonly running = new Map<string, SourceModule>();
  private readonly loaders = new Map<string, ModuleLoader>();

  constructor(
    private readonly loader: ModuleLoader,
    private readonly places: SourcePlaces,
  ) {}

  /** Takes files that are new or have changed: they run again when they are imported next. */
  take(outputs: readonly ModuleOutput[]): void {
    for (const output of outputs) {
      this.running.delete(output.file);
      this.outputs.set(output.file, output);
      this.places.add(output.file, output.text, output.map);
    }
  }

  /** @param sources which specifiers are source files, and where these lie */
  load(specifier: string, sources: Readonly<Record<string, string>>): Promise<LoadedModule> {
    return this.loadFrom(this.loader, specifier, sources, []);
  }

  private async loadFrom(
    loader: ModuleLoader,
    specifier: string,
    sources: Readonly<Record<string, string>>,
    importers: readonly string[],
  ): Promise<LoadedModule> {
    const file = Object.hasOwn(sources, specifier) ? sources[specifier] : undefined;
    const output = file === undefined ? undefined : this.outputs.get(file);
    if (!output) return loader.load(specifier);
    let module = this.running.get(output.file);
    if (!module) this.running.set(output.file, (module = this.start(output, importers)));
    // In a circle of imports, one gets what the other has exported so far.
    if (!importers.includes(output.file)) await module.done;
    return loader.commonJs(module.exports.current);
  }

  private start(output: ModuleOutput, importers: readonly string[]): SourceModule {
    const module = { exports: {} as unknown };
    const done = this.runModule(output, module, [...importers, output.file]);
    done.catch(() => this.running.delete(output.file)); // the next import tries again
    return {
      exports: {
        get current() {
          return module.exports;
        },
      },
      done,
    };
  }

  private async runModule(
    { file, code, requires, sources }: ModuleOutput,
    module: { exports: unknown },
    importers: readonly string[],
  ): Promise<void> {
    const folder = path.dirname(file);
    let loader = this.loaders.get(folder);
    if (!loader) this.loaders.set(folder, (loader = this.loader.for(folder)));
    const from = loader;
    const load = (specifier: string) => this.loadFrom(from, specifier, sources, importers);
    const loaded = new Map<string, unknown>();
    for (const specifier of requires) loaded.set(specifier, asCommonJs(await load(specifier)));
    const native = createRequire(file);
    const required = new Proxy(native, {
      apply: (_, self, [id]: [string]) => (loaded.has(id) ? loaded.get(id) : (native.call(self, id) as unknown)),
    });
    const meta = {
      url: pathToFileURL(file).href,
      filename: file,
      dirname: folder,
      resolve: (specifier: string) => from.resolve(specifier),
    };
    const run = vm.runInThisContext(`(async function (${PARAMETERS.join(', ')}) {\n${code}\n})`, {
      filename: file,
      lineOffset: -1,
      displayErrors: false,
    }) as (...given: unknown[]) => Promise<void>;
    const dynamic = async (specifier: unknown) => (await load(String(specifier))).namespace;
    await run(dynamic, meta, required, module, module.exports, file, folder);
  }
}

/** A module as TypeScript's CommonJS expects it from `require`. */
function asCommonJs({ namespace, exports }: LoadedModule): unknown {
  if (exports !== namespace || (exports as { __esModule?: unknown }).__esModule === true) return exports;
  return Object.create(namespace, { __esModule: { value: true } }) as unknown;
}
