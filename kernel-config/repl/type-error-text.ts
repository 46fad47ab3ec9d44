/** What the compiler says about a place in the input; lines and characters count from 0. */
export interface CompilerMessage {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
  readonly messageText: string;
  readonly code: number;
  readonly fileName?: string;
}

const MOST_ERRORS = 5;

/** The errors, each with its line of the input and a mark under the place. */
export function typeErrorText(code: string, errors: readonly CompilerMessage[]): string {
  const lines = code.split('\n');
  const texts: string[] = [];
  let place = '';
  for (const { start, end, messageText, code: number, fileName } of errors) {
    const here = `${fileName ?? ''}:${start.line}:${start.character}:${end.line}:${end.character}`;
    if (here === place) {
      texts[texts.length - 1] += `\n    ${messageText}`; // the reason of the one before
      continue;
    }
    place = here;
    if (fileName !== undefined) {
      texts.push(`${fileName}:${start.line + 1}:${start.character + 1}\n  ${messageText} (TS${number})`);
      continue;
    }
    const line = lines[start.line] ?? '';
    const length = end.line === start.line ? end.character - start.character : line.length - start.character;
    const mark = ' '.repeat(start.character) + '~'.repeat(Math.max(1, length));
    const where = lines.length > 1 ? `line ${start.line + 1}:\n` : '';
    texts.push(`${where}  ${line}\n  ${mark}\n  ${messageText} (TS${number})`);
  }
  const more = texts.length - MOST_ERRORS;
  return [...texts.slice(0, MOST_ERRORS), ...(more > 0 ? [`… and ${more} more errors`] : [])].join('\n');
}
