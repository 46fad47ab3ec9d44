import { createRequire } from 'node:module';

/** What is used of string-width, which is an ES module. */
interface StringWidth {
  readonly default: (text: string) => number;
}

const requireHere = createRequire(__filename);
const graphemes = new Intl.Segmenter();
let stringWidth: StringWidth['default'] | undefined;

/** Terminal columns of a text without control characters: East Asian wide characters and emoji take two, marks none. */
export function terminalColumns(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  stringWidth ??= (requireHere('string-width') as StringWidth).default;
  return stringWidth(text);
}

/** The text in exactly so many columns: cut with '…', or filled with spaces at the right (at the left with `right`). */
export function inColumns(text: string, columns: number, right = false): string {
  const wide = terminalColumns(text);
  const space = ' '.repeat(Math.max(0, columns - wide));
  if (wide <= columns) return right ? space + text : text + space;
  return inColumns(cutToColumns(text, columns), columns, right);
}

/** The text, cut with '…' where it takes more columns. What is seen as one character stays whole. */
export function cutToColumns(text: string, columns: number): string {
  if (terminalColumns(text) <= columns) return text;
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const more = terminalColumns(segment);
    if (used + more > columns - 1) break;
    cut += segment;
    used += more;
  }
  return columns > 0 ? `${cut}…` : '';
}
