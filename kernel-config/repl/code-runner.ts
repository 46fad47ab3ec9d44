import Module from 'node:module';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import type { ConvertResult, SideOutput } from 'tslab/dist/converter.js';

/** Under this name the running code finds its variables and `require`. */
const PLACE = '__modulabPrompt__';

/** Ends an evaluation that does not end by itself. */
export class GivenUp extends Error {}

/**
 * Runs inputs that tslab's converter has made JavaScript of: variables are properties of one `exports`, so that later
 * inputs see them and may declare them again.
 */
export class CodeRunner {
  /** All variables, by name. */
  readonly variables: Record<string, unknown>;
  /** What is there without having been declared. */
  private readonly offered = {};
  private readonly sources = new Map<string, string>();
  private readonly modules = new Map<string, NodeJS.Module>();
  private giveUp: (reason: Error) => void = () => undefined;

  /** @param folder where imports of files are looked for */
  constructor(folder: string) {
    const variables = Object.create(this.offered) as Record<string, unknown>;
    this.variables = new Proxy(variables, {
      // TypeScript defines imports as getters; here they are variables like others.
      defineProperty(_, name, attributes) {
        const value: unknown = attributes.get ? attributes.get() : attributes.value;
        if (name !== '__esModule') variables[name as string] = value;
        return true;
      },
    });
    const place = {
      exports: this.variables,
      require: this.requireFrom(createRequire(path.join(folder, 'input.js')), folder),
    };
    Object.defineProperty(globalThis, PLACE, { value: place, configurable: true });
  }

  /** Offers variables whose value is first asked for when an input uses them; inputs may declare them again. */
  offer(names: readonly string[], value: (name: string) => unknown): void {
    for (const name of names) {
      Object.defineProperty(this.offered, name, {
        get: () => value(name),
        set(this: object, given: unknown) {
          Object.defineProperty(this, name, { value: given, writable: true, enumerable: true, configurable: true });
        },
        configurable: true,
      });
    }
  }

  /**
   * Runs one input to its end. Ctrl-C (SIGINT) ends an input that awaits nothing; {@link abandon} ends the wait for others.
   * @param fileName names the input in stack traces
   * @returns the value of the last expression
   */
  async run(
    { output, sideOutputs, hasToplevelAwait, lastExpressionVar }: ConvertResult,
    fileName: string,
  ): Promise<unknown> {
    this.takeModules(sideOutputs ?? []);
    if (!output) return undefined;
    const given = new Promise<never>((_, reject) => (this.giveUp = reject));
    given.catch(() => undefined);
    const head = `(${hasToplevelAwait ? 'async ' : ''}function (exports, require) {`;
    const ran: unknown = vm.runInThisContext(`${head} ${output}\n})(${PLACE}.exports, ${PLACE}.require)`, {
      filename: fileName,
      // The signal ends such code wherever it is, without its `finally`. What awaits is interrupted between two steps instead.
      breakOnSigint: !hasToplevelAwait,
      displayErrors: false,
    });
    if (hasToplevelAwait) await Promise.race([ran, given]);
    if (!lastExpressionVar) return undefined;
    const value = this.variables[lastExpressionVar];
    delete this.variables[lastExpressionVar];
    return value;
  }

  /** Ends the wait for what runs; it goes on by itself where it does not heed interruptions. */
  abandon(): void {
    this.giveUp(new GivenUp());
  }

  private takeModules(outputs: readonly SideOutput[]): void {
    for (const { path: file, data } of outputs) {
      this.modules.delete(file);
      this.sources.set(file, data);
    }
  }

  /** `require` that also finds the TypeScript files beside the session. */
  private requireFrom(native: NodeJS.Require, folder: string): NodeJS.Require {
    return new Proxy(native, {
      apply: (_, self, [id]: [string]) => this.ownModule(folder, id) ?? (native.call(self, id) as unknown),
    });
  }

  private ownModule(folder: string, id: string): unknown {
    const stem = path.join(folder, id).replaceAll('\\', '/');
    const file = path.extname(stem) === '' ? `${stem}.js` : stem;
    const cached = this.modules.get(file);
    if (cached) return cached.exports;
    const source = this.sources.get(file);
    if (source === undefined) return null;
    const made = new Module(file) as NodeJS.Module & { _compile(code: string, file: string): void };
    made.filename = file;
    made.paths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths(
      path.dirname(file),
    );
    made.require = this.requireFrom(createRequire(file), path.dirname(file));
    this.modules.set(file, made);
    made._compile(source, file);
    return made.exports;
  }
}
