const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text being edited, of one or more lines, and a cursor: what keys do to them, without a screen. */
export class EditBuffer {
  private content = '';
  private at = 0;
  private cut = '';

  get text(): string {
    return this.content;
  }

  /** Position of the cursor in the text. */
  get cursor(): number {
    return this.at;
  }

  set(text: string, cursor = text.length): void {
    this.content = text;
    this.at = Math.max(0, Math.min(cursor, text.length));
  }

  /** Inserts text at the cursor: without control characters, tabs as two spaces. */
  insert(text: string): void {
    const plain = text
      .replace(/\r\n?/g, '\n')
      .replace(/\t/g, '  ')
      .replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, '');
    this.replace(this.at, this.at, plain);
  }

  /** Inserts a typed character; a closing bracket that begins its line goes back by one indent. */
  type(character: string): void {
    const indent = /(?:^|\n) *( {2})$/.exec(this.content.slice(0, this.at));
    if (/^[)\]}]$/.test(character) && indent) this.replace(this.at - 2, this.at, '');
    this.insert(character);
  }

  /** Replaces a part and puts the cursor behind it. */
  replace(start: number, end: number, text: string): void {
    this.content = this.content.slice(0, start) + text + this.content.slice(end);
    this.at = start + text.length;
  }

  left(): void {
    this.at = this.before(this.at);
  }
  right(): void {
    this.at = this.after(this.at);
  }
  wordLeft(): void {
    this.at = this.wordStart();
  }
  wordRight(): void {
    this.at = this.wordEnd();
  }
  lineStart(): void {
    this.at = this.rowStart(this.at);
  }
  lineEnd(): void {
    this.at = this.rowEnd(this.at);
  }

  /** Moves to the line above (-1) or below (1); false where there is none. */
  vertical(step: -1 | 1): boolean {
    const start = this.rowStart(this.at);
    const column = this.at - start;
    if (step < 0) {
      if (start === 0) return false;
      this.at = Math.min(this.rowStart(start - 1) + column, start - 1);
    } else {
      const end = this.rowEnd(this.at);
      if (end === this.content.length) return false;
      this.at = Math.min(end + 1 + column, this.rowEnd(end + 1));
    }
    return true;
  }

  deleteLeft(): void {
    // An indent goes by twos, as it came.
    const indent = /(?:^|\n) *( {2})$/.exec(this.content.slice(0, this.at));
    this.replace(indent ? this.at - 2 : this.before(this.at), this.at, '');
  }
  deleteRight(): void {
    this.replace(this.at, this.after(this.at), '');
  }
  deleteWordLeft(): void {
    this.kill(this.wordStart(), this.at);
  }
  deleteWordRight(): void {
    this.kill(this.at, this.wordEnd());
  }
  deleteToLineStart(): void {
    this.kill(this.rowStart(this.at), this.at);
  }
  deleteToLineEnd(): void {
    const end = this.rowEnd(this.at);
    this.kill(this.at, end > this.at ? end : this.after(this.at));
  }
  /** Inserts what was deleted last by word or line. */
  yank(): void {
    this.replace(this.at, this.at, this.cut);
  }

  private kill(start: number, end: number): void {
    this.cut = this.content.slice(start, end);
    this.replace(start, end, '');
  }
  private before(position: number): number {
    const start = this.rowStart(position);
    if (position === start) return Math.max(0, position - 1);
    const last = [...segmenter.segment(this.content.slice(start, position))].at(-1);
    return position - (last?.segment.length ?? 1);
  }
  private after(position: number): number {
    const [next] = segmenter.segment(this.content.slice(position));
    return position + (next?.segment.length ?? 0);
  }
  private wordStart(): number {
    return this.at - /[\p{L}\p{N}_$]*[^\p{L}\p{N}_$]*$/u.exec(this.content.slice(0, this.at))![0].length;
  }
  private wordEnd(): number {
    return this.at + /^[^\p{L}\p{N}_$]*[\p{L}\p{N}_$]*/u.exec(this.content.slice(this.at))![0].length;
  }
  private rowStart(position: number): number {
    return this.content.lastIndexOf('\n', position - 1) + 1;
  }
  private rowEnd(position: number): number {
    const end = this.content.indexOf('\n', position);
    return end < 0 ? this.content.length : end;
  }
}
