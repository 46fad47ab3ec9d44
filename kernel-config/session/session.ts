import path from 'node:path';
import { giveUpCell, interruptAll, startCell } from '../../lib/engine/interruption.js';
import { InterruptedError } from '../../lib/errors.js';
import { type CellFailure, cellFileName, failureOf, isInterrupt, plainFailure, typeFailure } from './cell-failure.js';
import { CompilerClient } from './compiler/compiler-client.js';
import type { Completion } from './compiler/compiler-protocol.js';
import type { Completeness } from './compiler/completeness.js';
import { type CompilerMessage, typeErrorLines } from './compiler/type-error-text.js';
import { foreignLine } from './other-languages.js';
import type { Outcome } from './outcome.js';
import { projectRoot } from './project-root.js';
import { recoverEngine } from './recover-engine.js';
import { CellRunner } from './running/cell-runner.js';
import { GivenUp } from './running/given-up.js';
import { withTable } from './values/shown-value.js';

/** So long a primitive has to heed an interrupt and say what it leaves; then the session goes on without it. */
const PATIENCE_MS = 600;
/** Numbers of the compiler's messages that a name is not known. */
const NO_SUCH_NAME = new Set([2304, 2552, 2580, 2581, 2582, 2583, 2584]);
const USES_LIBRARY = /\bfrom\s*['"]modulab['"]/;

export interface SessionOptions {
  /** Whether modulab's exports are in scope without an import. Default false. */
  libraryInScope?: boolean;
  /** Declarations of what else is in scope, as TypeScript. */
  globals?: string;
}

/**
 * TypeScript cells that run one after the other and share their variables: what the kernel and the prompt have in common. Cells are
 * checked and translated in a thread, and run in this one.
 */
export class Session {
  private readonly compiler: CompilerClient;
  private readonly runner: CellRunner;
  private prepared: Promise<void> | undefined;
  private readonly accepted: string[] = [];
  private state: 'idle' | 'checking' | 'running' = 'idle';
  private interrupted = false;
  private count = 0;
  /** Counts what was run, for interrupts that come late. */
  private runs = 0;

  /** @param folder where imports of files are looked for */
  constructor(
    folder: string,
    private readonly options: SessionOptions = {},
  ) {
    this.compiler = new CompilerClient(folder, options.globals ?? '');
    this.runner = new CellRunner(folder);
  }

  /** The cells that ran without an error, in their order. */
  get inputs(): readonly string[] {
    return this.accepted;
  }

  /** Loads the compiler, and puts modulab's exports in scope where they are to be. Cells wait for it by themselves. */
  prepare(): Promise<void> {
    return (this.prepared ??= this.options.libraryInScope ? this.offerLibrary() : this.readTypes(false));
  }

  /** Lets the compiler read modulab's types before a cell needs them, unless cells have been run by now. */
  async readAhead(): Promise<void> {
    if (this.runs === 0) await this.readTypes(true);
  }

  /** What a value is shown as: a result of modulab as its table, anything else as itself. */
  shownAs(value: unknown): unknown {
    return withTable(value, () => this.library());
  }

  /** Loads the library itself, which the first use of an export would do otherwise. */
  loadLibrary(): void {
    this.library();
  }

  /** Has a package's name stand for something else in cells. */
  replacePackage(name: string, load: () => unknown): void {
    this.runner.loader.replace(name, load);
  }

  /** @param number names the cell in stack traces; by default cells are counted */
  async evaluate(code: string, number: number = this.count + 1): Promise<Outcome> {
    this.count = number;
    this.runs++;
    this.interrupted = false;
    this.state = 'checking';
    startCell();
    let names: readonly string[] | null = null;
    try {
      await this.prepare();
      const asked = this.compiler.ask('convert', { code });
      if (USES_LIBRARY.test(code)) setImmediate(() => this.loadEarly());
      const converted = await asked;
      names = converted.output?.names ?? null;
      if (converted.errors.length > 0) {
        return (await this.foreign(code, converted.errors)) ?? this.typeErrors(code, converted.errors);
      }
      if (this.interrupted) throw new GivenUp();
      this.state = 'running';
      const { value } = await this.runner.run(converted, code, cellFileName(number));
      this.accepted.push(code);
      return { kind: 'value', value };
    } catch (error) {
      if (isInterrupt(error)) recoverEngine();
      const stopped = isInterrupt(error) || (this.interrupted && error instanceof InterruptedError);
      return { kind: stopped ? 'interrupted' : 'error', failure: this.failureOf(error) };
    } finally {
      if (names) void this.compiler.ask('accept', { gone: this.runner.keep(names) }).catch(() => undefined);
      this.state = 'idle';
    }
  }

  /** Why something went wrong that was thrown by a cell, or by what it has left running. */
  failureOf(thrown: unknown): CellFailure {
    return failureOf(thrown, this.runner.places);
  }

  /** Stops what is running: primitives at their next check, and the wait for anything else after a moment. */
  interrupt(): void {
    interruptAll();
    const again = this.interrupted;
    this.interrupted = true;
    if (this.state !== 'running') return;
    const { runs } = this;
    const giveUp = () => {
      if (this.state !== 'running' || this.runs !== runs) return;
      giveUpCell();
      this.runner.abandon(new GivenUp());
    };
    // A call that was busy when the time ran out still gets its look at the interrupt.
    setTimeout(() => setImmediate(() => setImmediate(giveUp)), again ? 0 : PATIENCE_MS).unref();
  }

  /** Ends the wait for the running cell, which fails with the error. */
  fail(error: Error): void {
    if (this.state === 'running') this.runner.abandon(error);
  }

  async complete(code: string, position: number): Promise<Completion> {
    await this.prepare();
    return this.compiler.ask('complete', { code, position });
  }

  /** What is known at the first of the positions where something is, and what is written about it; null where nothing is. */
  async inspect(code: string, positions: readonly number[]): Promise<string | null> {
    await this.prepare();
    return this.compiler.ask('inspect', { code, positions });
  }

  async typeOf(expression: string): Promise<string> {
    await this.prepare();
    return (await this.compiler.ask('typeOf', { expression })).text;
  }

  isComplete(code: string): Promise<Completeness> {
    return this.compiler.ask('isComplete', { code });
  }

  /** Forgets what cells have declared, and counts from 1. Packages stay loaded. */
  async reset(): Promise<void> {
    this.runner.reset();
    this.accepted.length = 0;
    this.count = 0;
    await this.compiler.ask('reset', null);
    if (this.options.libraryInScope) await this.offerLibrary();
  }

  close(): Promise<void> {
    return this.compiler.close();
  }

  private typeErrors(code: string, errors: readonly CompilerMessage[]): Outcome {
    return { kind: 'type errors', failure: typeFailure(typeErrorLines(code, errors)) };
  }

  /** What comes of a line of another kernel's language, such as `!ls`; null where the errors are about something else. */
  private async foreign(code: string, errors: readonly CompilerMessage[]): Promise<Outcome | null> {
    const lines = code.split('\n');
    const found = errors
      .filter(({ fileName, code: number }) => fileName === undefined && (number < 2000 || NO_SUCH_NAME.has(number)))
      .map(({ start: { line } }) => foreignLine(lines[line] ?? ''))
      .find(Boolean);
    if (!found) return null;
    if (found.kind === 'sentence') return { kind: 'type errors', failure: plainFailure('Not TypeScript', found.text) };
    const about = await this.compiler.ask('inspect', { code: found.name, positions: [found.name.length - 1] });
    if (about !== null) return { kind: 'help', text: about };
    return { kind: 'type errors', failure: plainFailure('Not found', `There is nothing called '${found.name}'.`) };
  }

  private async offerLibrary(): Promise<void> {
    const file = path.join(projectRoot, 'dist', 'lib', 'index.d.ts');
    const names = await this.compiler.ask('exportedNames', { file });
    const code = `import { ${names.join(', ')} } from 'modulab';\nimport * as modulab from 'modulab';`;
    const { errors } = await this.compiler.ask('convert', { code });
    if (errors[0]) throw new Error(`modulab could not be loaded: ${errors[0].messageText}`);
    await this.compiler.ask('accept', { gone: [] });
    this.runner.offer(names, (name) => this.library()[name]);
    this.runner.offer(['modulab'], () => this.library());
  }

  private async readTypes(library: boolean): Promise<void> {
    await this.compiler.ask('prepare', { library });
  }

  /** The library is loaded while the compiler reads the cell that imports it. */
  private loadEarly(): void {
    try {
      this.library();
    } catch {
      // the cell will say so
    }
  }

  private library(): Record<string, unknown> {
    return this.runner.loader.require('modulab') as Record<string, unknown>;
  }
}
