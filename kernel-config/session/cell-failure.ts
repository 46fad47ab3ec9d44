import { inspect } from 'node:util';
import { InterruptedError, ModulabError } from '../../lib/errors.js';

/** Why a cell failed, in the terms of the Jupyter protocol. */
export interface CellFailure {
  ename: string;
  evalue: string;
  /** What is shown, line by line. */
  traceback: string[];
}

/** Names the code of a cell in stack traces. */
export const cellFileName = (count: number): string => `cell [${count}]`;

const MAX_FRAMES = 8;
const SURVIVES = 'The variables of earlier cells are still there.';

/** What was thrown by a cell, without the frames of the kernel and of Node; errors of modulab are told by their message. */
export function failureOf(thrown: unknown, code: string): CellFailure {
  if (isInterrupt(thrown)) {
    return failure('Interrupted', `The cell was interrupted. ${SURVIVES} Run the cell again to start it afresh.`, []);
  }
  if (thrown instanceof InterruptedError) return failure('Interrupted', `${thrown.message} ${SURVIVES}`, []);
  if (!(thrown instanceof Error)) return failure('Thrown', inspect(thrown), []);
  const frames = framesOf(thrown);
  const lines = cellLine(frames, code);
  if (!(thrown instanceof ModulabError)) {
    const told = frames.filter((frame) => !/^at (async )?cell \[/.test(frame));
    lines.push(...told.slice(0, MAX_FRAMES).map((frame) => `    ${frame.replace(CELL_PLACE, '$1')}`));
    if (told.length > MAX_FRAMES) lines.push(`    … ${told.length - MAX_FRAMES} more`);
    if (thrown.cause instanceof Error) lines.push(`caused by ${headline(thrown.cause)}`);
    if (thrown instanceof AggregateError) lines.push(...thrown.errors.map((error) => `  · ${headline(error)}`));
  }
  return failure(thrown.name, thrown.message, lines);
}

/** What the type checker found. */
export function typeFailure(diagnostics: readonly string[]): CellFailure {
  return failure('Type error', diagnostics[0] ?? '', diagnostics.slice(1));
}

function failure(ename: string, evalue: string, more: readonly string[]): CellFailure {
  const [name, value] = [inert(ename), inert(evalue)];
  return { ename: name, evalue: value, traceback: [`${name}: ${value}`, ...more.map(inert)] };
}

/** tslab's error for an interrupted wait, or Node's for interrupted code. */
function isInterrupt(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED' || thrown.message === 'Interrupted asynchronously';
}

const headline = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** The stack down to the cell's own code, innermost first. */
function framesOf(error: Error): string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const kernel = frames.findIndex((line) => /node:vm:|[\\/]tslab[\\/]dist[\\/]/.test(line));
  return (kernel < 0 ? frames : frames.slice(0, kernel))
    .filter((line) => !line.includes('node:internal'))
    .map((line) => line.trim());
}

const CELL_PLACE = /(cell \[\d+\]):(\d+):\d+/;

/** The cell's line that the error came from. Its number would be that of the compiled code, so the line itself is told. */
function cellLine(frames: readonly string[], code: string): string[] {
  const place = frames.map((frame) => CELL_PLACE.exec(frame)).find(Boolean);
  const line = place && code.split('\n')[Number(place[2]) - 1];
  // what tslab's compilation has added
  const written = line
    ?.replace(/\(0, \w+_\d+\.(\w+)\)/g, '$1')
    .replace(/\b(?:exports\.(?:tsLastExpr = )?|\w+_\d+\.)/g, '')
    .trim();
  return written ? [`  in: ${written.length > 160 ? written.slice(0, 160) + ' …' : written}`] : [];
}

/** Messages may carry names out of files: no control character of theirs reaches a terminal or a notebook. */
function inert(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
}
