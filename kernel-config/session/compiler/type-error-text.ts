/** What the compiler says about a place in a cell; lines and characters count from 0. */
export interface CompilerMessage {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
  readonly messageText: string;
  readonly code: number;
  /** Missing for the cell itself. */
  readonly fileName?: string;
}

const MOST_ERRORS = 5;
const MOST_CHARACTERS = 160;

/** The errors, each with its line and column, the line itself and a mark under the place. */
export function typeErrorLines(code: string, errors: readonly CompilerMessage[]): string[] {
  const lines = code.split('\n');
  const texts: string[][] = [];
  let place = '';
  for (const { start, end, messageText, code: number, fileName } of errors) {
    const at = `${fileName ? `${fileName} ` : ''}${start.line + 1}:${start.character + 1}`;
    if (at === place) {
      texts.at(-1)!.push(`  ${messageText}`); // another reason for the same
      continue;
    }
    place = at;
    const text = [`${at} - ${messageText}`];
    const line = lines[start.line] ?? '';
    if (fileName === undefined && start.character < MOST_CHARACTERS) {
      const length = end.line === start.line ? end.character - start.character : line.length - start.character;
      const mark = ' '.repeat(start.character) + '~'.repeat(Math.max(1, Math.min(length, MOST_CHARACTERS)));
      text.push(`  ${line.slice(0, MOST_CHARACTERS)}`, `  ${mark} TS${number}`);
    }
    texts.push(text);
  }
  const more = texts.length - MOST_ERRORS;
  return [...texts.slice(0, MOST_ERRORS).flat(), ...(more > 0 ? [`… and ${more} more errors`] : [])];
}
