import type { CellOutput } from './cell-output.js';
import type { Completeness } from './completeness.js';
import type { ModuleOutput } from './module-output.js';
import type { CompilerMessage } from './type-error-text.js';

/** What a session asks the compiler's thread. */
export interface CompilerQuestions {
  /** Reads types before a cell needs them: those of TypeScript's library and Node, or modulab's as well. */
  prepare: { ask: { library: boolean }; answer: null };
  /** Checks a cell, beside those that have been accepted, and translates it to JavaScript. */
  convert: { ask: { code: string }; answer: ConvertedCell };
  /** The latest cell that was converted has run: what it has declared is known from now on, but for the names in `gone`. */
  accept: { ask: { gone: readonly string[] }; answer: null };
  /** Forgets what cells have declared. */
  reset: { ask: null; answer: null };
  /** Names that may stand at a position, in place of the text from `start` to `end`. */
  complete: { ask: { code: string; position: number }; answer: Completion };
  /** What the name at a position is, and what is written about it; null where there is nothing. */
  inspect: { ask: { code: string; positions: readonly number[] }; answer: string | null };
  /** What an expression is, as TypeScript writes types. */
  typeOf: { ask: { expression: string }; answer: { text: string } };
  isComplete: { ask: { code: string }; answer: Completeness };
  /** The names that a declaration file exports. */
  exportedNames: { ask: { file: string }; answer: readonly string[] };
}

/** A cell in JavaScript, or what is wrong with it. */
export interface ConvertedCell {
  readonly errors: readonly CompilerMessage[];
  /** Null where there are errors. */
  readonly output: CellOutput | null;
  /** Source files that the cell imports, by what it calls them. */
  readonly sources: Readonly<Record<string, string>>;
  /** Those of them, and of what they import, that are new or have changed. */
  readonly modules: readonly ModuleOutput[];
}

export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly names: readonly string[];
}

export type Question = {
  [K in keyof CompilerQuestions]: { id: number; kind: K; ask: CompilerQuestions[K]['ask'] };
}[keyof CompilerQuestions];

export interface Answer {
  id: number;
  answer?: unknown;
  error?: string;
}
