import type { ConvertResult } from 'tslab/dist/converter.js';
import type { Completeness } from './completeness.js';

/** What the prompt asks the compiler's thread. `declarations`: what earlier inputs have declared, as TypeScript. */
export interface CompilerQuestions {
  /** Checks an input and translates it to JavaScript. */
  convert: { ask: { declarations: string; code: string }; answer: ConvertResult };
  /** Names that may stand at a position, in place of the text from `start` to `end`. */
  complete: { ask: { declarations: string; code: string; position: number }; answer: Completion };
  /** What an expression is, as TypeScript writes types. */
  typeOf: { ask: { declarations: string; expression: string }; answer: { text: string } };
  isComplete: { ask: { code: string }; answer: Completeness };
  /** The names that a declaration file exports. */
  exportedNames: { ask: { file: string }; answer: readonly string[] };
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
