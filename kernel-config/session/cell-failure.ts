import { inspect } from 'node:util';
import { InterruptedError, ModulabError } from '../../lib/errors.js';
import { projectRoot } from './project-root.js';
import { GivenUp } from './running/given-up.js';
import type { SourcePlaces } from './running/source-places.js';

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
const MAX_CHARACTERS = 160;
const SURVIVES = 'The variables of earlier cells are still there.';

/**
 * What was thrown by a cell, without the frames of the kernel and of Node; errors of modulab are told by their message.
 * @param places what cells and source files were written like
 */
export function failureOf(thrown: unknown, places: Pick<SourcePlaces, 'find'>): CellFailure {
  if (isInterrupt(thrown)) {
    return failure('Interrupted', `The cell was interrupted. ${SURVIVES} Run the cell again to start it afresh.`, []);
  }
  if (thrown instanceof InterruptedError) return failure('Interrupted', `${thrown.message} ${SURVIVES}`, []);
  if (!(thrown instanceof Error)) return failure('Thrown', inspect(thrown), []);
  const frames = framesOf(thrown);
  const lines = cellLine(frames, places);
  if (!(thrown instanceof ModulabError)) {
    const told = frames.filter((frame) => !/^at (async )?cell \[/.test(frame));
    lines.push(...told.slice(0, MAX_FRAMES).map((frame) => `    ${placed(frame, places)}`));
    if (told.length > MAX_FRAMES) lines.push(`    … ${told.length - MAX_FRAMES} more`);
    if (thrown.cause instanceof Error) lines.push(`caused by ${headline(thrown.cause)}`);
    if (thrown instanceof AggregateError) lines.push(...thrown.errors.map((error) => `  · ${headline(error)}`));
  }
  return failure(thrown.name, thrown.message, lines);
}

/** What the type checker found. @param lines as `typeErrorLines` gives them */
export function typeFailure(lines: readonly string[]): CellFailure {
  return failure('Type error', lines[0] ?? '', lines.slice(1));
}

/** What can be said in one sentence. */
export const plainFailure = (name: string, sentence: string): CellFailure => failure(name, sentence, []);

function failure(ename: string, evalue: string, more: readonly string[]): CellFailure {
  const [name, value] = [inert(ename), inert(evalue)];
  return { ename: name, evalue: value, traceback: [`${name}: ${value}`, ...more.map(inert)] };
}

/** The wait for a cell was given up, or Node has ended code that never waits. */
export function isInterrupt(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException | null | undefined)?.code;
  return thrown instanceof GivenUp || code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}

const headline = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** The stack down to the cell's own code, innermost first. */
function framesOf(error: Error): string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const session = frames.findIndex((line) => /node:vm:|[\\/]kernel-config[\\/]session[\\/]/.test(line));
  return (session < 0 ? frames : frames.slice(0, session))
    .filter((line) => !line.includes('node:internal'))
    .map((line) => line.trim());
}

const PLACE = /(?<=^at (?:async )?|\()([^()]+):(\d+):(\d+)(?=\)?$)/;

/** The frame with the line that was written, where it is one of a cell or of a source file. */
function placed(frame: string, places: Pick<SourcePlaces, 'find'>): string {
  return frame.replace(PLACE, (all, file: string, line: string, column: string) => {
    const place = places.find(file, Number(line), Number(column));
    return place ? `${file}, line ${place.line}` : /^cell \[/.test(file) ? file : all;
  });
}

/** The cell's line that the error came from. */
function cellLine(frames: readonly string[], places: Pick<SourcePlaces, 'find'>): string[] {
  for (const frame of frames) {
    const [, file = '', line, column] = PLACE.exec(frame) ?? [];
    if (!file.startsWith('cell [')) continue;
    const place = places.find(file, Number(line), Number(column));
    if (!place) return [];
    const text = place.text.trim();
    const shown = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)} …` : text;
    return [`  ${file}, line ${place.line}: ${shown}`];
  }
  return [];
}

/**
 * Messages may carry names out of files: no control character of theirs reaches a terminal or a notebook. Nor does the folder that the
 * project lies in on this machine.
 */
function inert(text: string): string {
  const plain = text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
  return projectRoot.length > 2 ? plain.replaceAll(projectRoot, '.') : plain;
}
