const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NONE = /\p{Mn}|\p{Me}|\u200d/u;

/** Terminal columns of a text without control characters: East Asian wide characters and emoji take two, marks none. */
export function terminalColumns(text: string): number {
  let columns = 0;
  for (const character of text) columns += characterColumns(character);
  return columns;
}

function characterColumns(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  return NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** The text in exactly so many columns: cut with '…', or filled with spaces at the right (at the left with `right`). */
export function inColumns(text: string, columns: number, right = false): string {
  const wide = terminalColumns(text);
  const space = ' '.repeat(Math.max(0, columns - wide));
  if (wide <= columns) return right ? space + text : text + space;
  return inColumns(cutToColumns(text, columns), columns, right);
}

/** The text, cut with '…' where it takes more columns. */
export function cutToColumns(text: string, columns: number): string {
  if (terminalColumns(text) <= columns) return text;
  let cut = '';
  let used = 0;
  for (const character of text) {
    const more = characterColumns(character);
    if (used + more > columns - 1) break;
    cut += character;
    used += more;
  }
  return columns > 0 ? `${cut}…` : '';
}
