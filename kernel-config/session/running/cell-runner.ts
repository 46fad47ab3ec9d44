import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { PLACES } from '../compiler/cell-output.js';
import type { ConvertedCell } from '../compiler/compiler-protocol.js';
import { ModuleLoader } from './module-loader.js';
import { SourceModuleRunner } from './source-module-runner.js';
import { SourcePlaces } from './source-places.js';

/** Under this symbol a cell's code finds what it is given. */
const GIVEN = 'modulab.cell';
const PARAMETERS = [...Object.values(PLACES), 'require', 'module', 'exports', '__filename', '__dirname'];

/** Runs the JavaScript of cells, and keeps their variables. */
export class CellRunner {
  /** All variables, by name: they are read from and written to where they have been declared. */
  readonly variables: Record<string, unknown>;
  readonly places = new SourcePlaces();
  readonly loader: ModuleLoader;
  /** What is there without having been declared. */
  private readonly offered = {};
  private readonly sources: SourceModuleRunner;
  private giveUp: (reason: Error) => void = () => undefined;
  private declared: PropertyDescriptorMap = {};

  /** @param folder where imports of files are looked for */
  constructor(private readonly folder: string) {
    this.loader = new ModuleLoader(folder);
    this.sources = new SourceModuleRunner(this.loader, this.places);
    this.variables = Object.create(this.offered) as Record<string, unknown>;
  }

  /** Offers variables whose value is first asked for when a cell uses them; cells may declare them again. */
  offer(names: readonly string[], value: (name: string) => unknown): void {
    for (const name of names) {
      Object.defineProperty(this.offered, name, { get: () => value(name), configurable: true });
    }
  }

  /**
   * Runs one cell to its end. Ctrl-C (SIGINT) ends a cell that awaits nothing; {@link abandon} ends the wait for others.
   * @param fileName names the cell in stack traces
   * @returns the value of the last expression, which may be a promise
   */
  async run(
    { output, modules, sources }: ConvertedCell,
    source: string,
    fileName: string,
  ): Promise<{ value: unknown }> {
    this.declared = {};
    if (output === null) return { value: undefined };
    const given = new Promise<never>((_, reject) => (this.giveUp = reject));
    given.catch(() => undefined);
    this.places.add(fileName, source, output.map);
    this.sources.take(modules);
    const load = (specifier: string) => this.sources.load(specifier, sources);
    const imported = [];
    for (const { specifier } of output.imports) imported.push(await Promise.race([load(specifier), given]));
    const file = path.join(this.folder, 'cell.ts');
    const module = { exports: {} };
    this.give([
      this.variables,
      imported,
      (accessors: object) => (this.declared = Object.getOwnPropertyDescriptors(accessors)),
      async (specifier: unknown) => (await load(String(specifier))).namespace,
      {
        url: pathToFileURL(file).href,
        filename: file,
        dirname: this.folder,
        resolve: (specifier: string) => this.loader.resolve(specifier),
      },
      this.loader.require,
      module,
      module.exports,
      file,
      this.folder,
    ]);
    const head = `(function (${PARAMETERS.join(', ')}) { "use strict"; return (${output.isAsync ? 'async ' : ''}() => {`;
    const call = `})(); })(...globalThis[Symbol.for(${JSON.stringify(GIVEN)})])`;
    const ran: unknown = vm.runInThisContext(`${head} ${output.code}\n${call}`, {
      filename: fileName,
      lineOffset: -1, // the first line is ours
      // The signal ends such code wherever it is, without its `finally`. What awaits is interrupted between two steps instead.
      breakOnSigint: !output.isAsync,
      displayErrors: false,
    });
    const result = (output.isAsync ? await Promise.race([ran, given]) : ran) as { value: unknown } | undefined;
    return { value: result?.value };
  }

  /**
   * Keeps the variables that the latest cell has declared, as far as it has come.
   * @param names all that it declares
   * @returns those of them that it has not come to
   */
  keep(names: readonly string[]): string[] {
    const gone: string[] = [];
    for (const name of names) {
      const accessor = this.declared[name];
      if (accessor && isThere(accessor)) Object.defineProperty(this.variables, name, accessor);
      else gone.push(name);
    }
    this.declared = {};
    return gone;
  }

  /** Forgets all variables. */
  reset(): void {
    for (const name of Object.keys(this.variables)) delete this.variables[name];
    this.places.clear();
  }

  /** Ends the wait for what runs; it goes on by itself where it does not heed interruptions. */
  abandon(reason: Error): void {
    this.giveUp(reason);
  }

  private give(values: readonly unknown[]): void {
    Object.defineProperty(globalThis, Symbol.for(GIVEN), { value: values, configurable: true });
  }
}

/** A variable that its cell has not come to cannot be read. */
function isThere(accessor: PropertyDescriptor): boolean {
  try {
    accessor.get?.();
    return true;
  } catch {
    return false;
  }
}
