/** Goes back and forth in earlier inputs, those that begin with what was typed, and back to that. */
export class HistoryWalk {
  private at: number | null = null;
  private typed = '';

  constructor(private readonly entries: readonly string[]) {}

  /** The input before (-1) or after (1) the one shown; null where there is none. */
  step(step: -1 | 1, shown: string): string | null {
    if (this.at === null) {
      this.at = this.entries.length;
      this.typed = shown;
    }
    for (let i = this.at + step; i >= 0 && i < this.entries.length; i += step) {
      const entry = this.entries[i]!;
      if (!entry.startsWith(this.typed) || entry === shown) continue;
      this.at = i;
      return entry;
    }
    if (step < 0 || this.at === this.entries.length) return null;
    this.at = this.entries.length;
    return this.typed;
  }

  /** What is shown was changed: the next step starts anew. */
  leave(): void {
    this.at = null;
  }

  /** The newest input before `before` that holds the text. */
  search(text: string, before: number): { readonly entry: string; readonly index: number } | null {
    for (let index = before - 1; text !== '' && index >= 0; index--) {
      const entry = this.entries[index];
      if (entry?.includes(text)) return { entry, index };
    }
    return null;
  }
}
