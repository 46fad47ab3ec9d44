import { terminalColumns } from '../../lib/run/terminal-columns.js';

/** The part of a terminal that the prompt needs. */
export interface Screen {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface PromptMarks {
  readonly first: string;
  readonly further: string;
}

/** Draws the text being edited with its marks, as many rows as it takes, and puts the cursor where it belongs. */
export class PromptScreen {
  private cursorRow = 0;
  private drawn = false;

  constructor(private readonly screen: Screen) {}

  draw(text: string, cursor: number, marks: PromptMarks): void {
    const { rows, row, column } = layOut(text, cursor, marks, this.width);
    // What is higher than the screen is shown in part: the cursor cannot be moved above it.
    const height = Math.max(1, (this.screen.rows || 24) - 1);
    const top = Math.max(0, Math.min(row - (height >> 1), rows.length - height));
    const shown = rows.slice(top, top + height);
    const up = top + shown.length - 1 - row;
    this.screen.write(
      `${this.toStart()}\x1b[J${shown.join('\r\n')}${up > 0 ? `\x1b[${up}A` : ''}\r${column > 0 ? `\x1b[${column}C` : ''}`,
    );
    this.cursorRow = row - top;
    this.drawn = true;
  }

  /** Takes the prompt off the screen, so that something else can be written in its place. */
  clear(): void {
    if (this.drawn) this.screen.write(`${this.toStart()}\x1b[J`);
    this.drawn = false;
    this.cursorRow = 0;
  }

  /** Leaves the text as it stands, in full, with the cursor on the row below. */
  leave(text: string, marks: PromptMarks, mark = ''): void {
    const { rows } = layOut(text, text.length, marks, this.width);
    this.screen.write(`${this.toStart()}\x1b[J${rows.join('\r\n')}${mark}\r\n`);
    this.drawn = false;
    this.cursorRow = 0;
  }

  private get width(): number {
    return Math.max(10, this.screen.columns || 80);
  }

  private toStart(): string {
    return this.drawn && this.cursorRow > 0 ? `\x1b[${this.cursorRow}A\r` : '\r';
  }
}

/** The rows of the screen that a text takes, broken where the terminal would break them, and the cursor's place. */
export function layOut(
  text: string,
  cursor: number,
  marks: PromptMarks,
  width: number,
): { rows: string[]; row: number; column: number } {
  const rows: string[] = [];
  let place = { row: 0, column: 0 };
  let position = 0;
  for (const [i, line] of text.split('\n').entries()) {
    let current = i === 0 ? marks.first : marks.further;
    let used = terminalColumns(current);
    for (const character of line) {
      const wide = terminalColumns(character);
      if (used + wide > width) {
        rows.push(current);
        current = '';
        used = 0;
      }
      if (position === cursor) place = { row: rows.length, column: used };
      current += character;
      used += wide;
      position += character.length;
    }
    if (used === width) {
      rows.push(current); // the cursor would hang over the edge
      current = '';
      used = 0;
    }
    if (position === cursor) place = { row: rows.length, column: used };
    rows.push(current);
    position++; // the line break
  }
  return { rows, ...place };
}
