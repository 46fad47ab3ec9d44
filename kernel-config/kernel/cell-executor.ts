import { format } from 'node:util';
import vm from 'node:vm';
import type { ConsoleInterface, ConverterSet, Executor } from 'tslab/dist/executor.js';
import { giveUpCell, interruptAll, startCell } from '../../lib/engine/interruption.js';
import { type CellFailure, cellFileName, failureOf, typeFailure } from '../session/cell-failure.js';
import { recoverEngine } from '../session/recover-engine.js';

/** How long a call that is interrupted has to end by itself, with its own message, before its cell is given up. */
const GRACE_MS = 600;
/** How tslab reports what its type checker finds, and begins the code of a cell that awaits something. */
const DIAGNOSTIC = '%s%d:%d - %s';
const ASYNC_CELL = '(async function(exports, require) { ';

/** tslab's executor, with failures told as data, and interrupts that give the running call time to end well. */
export interface CellExecutor extends Executor {
  /** Why the latest cell failed; null where it did not. */
  failure: CellFailure | null;
  /** Number of the next cell to run, for stack traces. */
  cellCount: number;
}

type CreateExecutor<Made> = (rootDir: string, converters: ConverterSet, console: ConsoleInterface) => Made;

/** tslab's function that makes executors, for executors of this kind. */
export function withCellFailures(create: CreateExecutor<Executor>): CreateExecutor<CellExecutor> {
  return (rootDir, converters, console) => {
    const print: ConsoleInterface = {
      log: (...values: unknown[]) => console.log(...values),
      error: (...values: unknown[]) => onError(...values),
    };
    const cells = create(rootDir, converters, print) as CellExecutor;
    const onError = addFailures(cells, (...values: unknown[]) => console.error(...values));
    return cells;
  };
}

/** @returns what takes the place of the executor's `console.error` */
function addFailures(cells: CellExecutor, print: ConsoleInterface['error']): ConsoleInterface['error'] {
  cells.failure = null;
  cells.cellCount = 0;
  let code = '';
  let thrown: { error: unknown } | null = null;
  let running: object | null = null;
  const diagnostics: string[] = [];

  const runInThisContext = vm.runInThisContext.bind(vm);
  vm.runInThisContext = (source: string, options?: vm.RunningScriptOptions | string) => {
    if (typeof options !== 'object' || !options.breakOnSigint) return runInThisContext(source, options) as unknown;
    code = source;
    // While breakOnSigint is in force, an interrupt ends the code wherever it is: no `finally` runs, so that models and
    // tensors would be left half changed. Cells that await are interrupted between two steps instead.
    const breakOnSigint = !source.startsWith(ASYNC_CELL);
    const own = { ...options, breakOnSigint, displayErrors: false, filename: cellFileName(cells.cellCount) };
    try {
      const result: unknown = runInThisContext(source, own);
      if (result instanceof Promise) result.catch((error: unknown) => (thrown = { error }));
      return result;
    } catch (error) {
      thrown = { error };
      if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') recoverEngine();
      throw error;
    }
  };

  const execute = cells.execute.bind(cells);
  cells.execute = async (source) => {
    const cell = {};
    startCell();
    cells.failure = thrown = null;
    diagnostics.length = 0;
    running = cell;
    try {
      const ok = await execute(source);
      if (!ok && diagnostics.length > 0) cells.failure = typeFailure(diagnostics);
      return ok;
    } finally {
      running = thrown = null;
    }
  };

  const interrupt = cells.interrupt.bind(cells);
  cells.interrupt = () => {
    interruptAll();
    const cell = running;
    const giveUp = () => {
      if (running !== cell) return;
      giveUpCell();
      interrupt();
    };
    // The turn after the timer's: a call that was busy when the time ran out still gets its look at the interrupt.
    if (cell) setTimeout(() => setImmediate(() => setImmediate(giveUp)), GRACE_MS);
  };

  return (...values) => {
    const first: unknown = values[0];
    const interrupted = first instanceof Error && first.message === 'Interrupted asynchronously';
    if (values.length === 1 && (interrupted || thrown?.error === first)) cells.failure = failureOf(first, code);
    else if (first === DIAGNOSTIC && values.length === 5) diagnostics.push(format(...values));
    else print(...values);
  };
}
