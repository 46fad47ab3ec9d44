import { inColumns, terminalColumns } from '../../lib/run/terminal-columns.js';
import type { Completion } from '../session/compiler/compiler-protocol.js';
import type { Completeness } from '../session/compiler/completeness.js';
import { EditBuffer } from './edit-buffer.js';
import { HistoryWalk } from './history-walk.js';
import type { Key, KeyQueue, Press } from './key-queue.js';
import { type PromptMarks, PromptScreen, type Screen } from './prompt-screen.js';

export interface EditorHelp {
  /** Whether Enter ends the input or makes another line. */
  isComplete(text: string): Promise<Completeness>;
  complete(text: string, cursor: number): Promise<Completion>;
  /** Ctrl-C without a text to drop. */
  interrupt(): void;
  readonly history: readonly string[];
}

export type ReadResult =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'cancelled' } | { readonly kind: 'end' };

const MARKS: PromptMarks = { first: '> ', further: '… ' };
const BLOCK_MARKS: PromptMarks = { first: '│ ', further: '│ ' };
const MOST_NAMES = 80;

const MOVES: Readonly<Record<string, (buffer: EditBuffer) => void>> = {
  left: (b) => b.left(),
  right: (b) => b.right(),
  'ctrl b': (b) => b.left(),
  'ctrl f': (b) => b.right(),
  'ctrl left': (b) => b.wordLeft(),
  'ctrl right': (b) => b.wordRight(),
  'meta b': (b) => b.wordLeft(),
  'meta f': (b) => b.wordRight(),
  'meta left': (b) => b.wordLeft(),
  'meta right': (b) => b.wordRight(),
  home: (b) => b.lineStart(),
  end: (b) => b.lineEnd(),
  'ctrl a': (b) => b.lineStart(),
  'ctrl e': (b) => b.lineEnd(),
};
const CHANGES: Readonly<Record<string, (buffer: EditBuffer) => void>> = {
  backspace: (b) => b.deleteLeft(),
  'ctrl h': (b) => b.deleteLeft(),
  delete: (b) => b.deleteRight(),
  'ctrl w': (b) => b.deleteWordLeft(),
  'meta backspace': (b) => b.deleteWordLeft(),
  'meta d': (b) => b.deleteWordRight(),
  'ctrl u': (b) => b.deleteToLineStart(),
  'ctrl k': (b) => b.deleteToLineEnd(),
  'ctrl y': (b) => b.yank(),
  'meta return': (b) => b.insert('\n'),
  'meta enter': (b) => b.insert('\n'),
};

/** Reads inputs of one or more lines from a terminal, with completion and history. */
export class LineEditor {
  private readonly prompt: PromptScreen;
  private readonly buffer = new EditBuffer();
  private walk: HistoryWalk;
  private marks = MARKS;
  private reading = false;
  /** The text whose completions stand above the prompt. */
  private listedFor: string | null = null;
  /** The text of a search in the history, and where its find stands. */
  private searched: { text: string; index: number } | null = null;

  constructor(
    private readonly keys: KeyQueue,
    private readonly screen: Screen,
    private readonly help: EditorHelp,
  ) {
    this.prompt = new PromptScreen(screen);
    this.walk = new HistoryWalk(help.history);
  }

  /** @param block Enter makes another line in any case, and Ctrl-D ends the input */
  async read({ block = false }: { block?: boolean } = {}): Promise<ReadResult> {
    this.marks = block ? BLOCK_MARKS : MARKS;
    this.buffer.set('');
    this.walk = new HistoryWalk(this.help.history);
    this.reading = true;
    this.keys.listen();
    this.screen.write('\x1b[?2004h');
    this.draw();
    try {
      for (;;) {
        const press = await this.keys.next();
        const result = press === null ? ({ kind: 'end' } as const) : await this.press(press, block);
        if (!result) continue;
        const mark = result.kind === 'cancelled' ? '^C' : '';
        this.prompt.leave(this.buffer.text, this.marks, mark);
        return result;
      }
    } finally {
      this.reading = false;
      this.screen.write('\x1b[?2004l');
      this.keys.rest();
    }
  }

  /** Takes the prompt away while something else is written, and draws it again below. */
  aside(write: () => void): void {
    if (!this.reading) return write();
    this.prompt.clear();
    write();
    this.draw();
  }

  private draw(): void {
    if (!this.searched) this.prompt.draw(this.buffer.text, this.buffer.cursor, this.marks);
    else {
      const first = `(search: ${this.searched.text}) `;
      this.prompt.draw(this.buffer.text, this.buffer.cursor, { first, further: this.marks.further });
    }
  }

  private async press(press: Press, block: boolean): Promise<ReadResult | null> {
    const { buffer } = this;
    if ('paste' in press) {
      this.searched = null;
      buffer.insert(press.paste.replace(/[\r\n]+$/, ''));
      this.changed();
      return null;
    }
    const { key, text } = press;
    const name = nameOf(key);
    if (this.searched && this.pressInSearch(name, text)) return null;
    switch (name) {
      case 'ctrl c':
        if (buffer.text !== '') return { kind: 'cancelled' };
        this.help.interrupt();
        this.aside(() => void this.screen.write('(Ctrl-D ends, .help helps)\r\n'));
        return null;
      case 'ctrl d':
        if (block) return { kind: 'text', text: buffer.text };
        if (buffer.text === '') return { kind: 'end' };
        buffer.deleteRight();
        this.changed();
        return null;
      case 'return':
      case 'enter':
        return this.enter(block);
      case 'tab':
        await this.completeHere();
        return null;
      case 'up':
      case 'down':
      case 'ctrl p':
      case 'ctrl n':
        this.upOrDown(name === 'up' || name === 'ctrl p' ? -1 : 1);
        return null;
      case 'ctrl r':
        this.searched = { text: '', index: this.help.history.length };
        this.draw();
        return null;
      case 'ctrl l':
        this.prompt.clear();
        this.screen.write('\x1b[H\x1b[2J');
        this.draw();
        return null;
    }
    const move = own(MOVES, name);
    const change = own(CHANGES, name);
    if (move) {
      move(buffer);
      this.draw();
    } else if (change) {
      change(buffer);
      this.changed();
    } else if (text !== '' && !key.ctrl && !key.meta) {
      buffer.type(text);
      this.changed();
    }
    return null;
  }

  private changed(): void {
    this.listedFor = null;
    this.walk.leave();
    this.draw();
  }

  private async enter(block: boolean): Promise<ReadResult | null> {
    const { buffer } = this;
    const { text } = buffer;
    const atEnd = text.slice(buffer.cursor).trim() === '';
    if (!block && atEnd && !text.trimStart().startsWith('.')) {
      const { complete, indent } = await this.help.isComplete(text);
      // An empty line at the end means it: what is missing is then said.
      const insists = /\n\s*$/.test(text);
      if (complete || insists) return { kind: 'text', text: text.trimEnd() };
      buffer.insert(`\n${indent}`);
    } else if (!block && (atEnd || !text.includes('\n'))) {
      buffer.set(text);
      return { kind: 'text', text: text.trimEnd() };
    } else {
      const line = text.slice(0, buffer.cursor).split('\n').at(-1)!;
      buffer.insert(`\n${/^ */.exec(line)![0]}`);
    }
    this.changed();
    return null;
  }

  private upOrDown(step: -1 | 1): void {
    if (!this.buffer.vertical(step)) {
      const entry = this.walk.step(step, this.buffer.text);
      if (entry !== null) this.buffer.set(entry);
    }
    this.draw();
  }

  private pressInSearch(name: string, text: string): boolean {
    const search = this.searched!;
    if (name === 'ctrl r') this.find(search.text, search.index);
    else if (name === 'backspace' || name === 'ctrl h') this.find(search.text.slice(0, -1), this.help.history.length);
    else if (text !== '' && text >= ' ' && text !== '\x7f') this.find(search.text + text, this.help.history.length);
    else {
      this.searched = null;
      this.draw();
      return name === 'escape' || name === 'ctrl g';
    }
    return true;
  }

  private find(text: string, before: number): void {
    const found = this.walk.search(text, before);
    this.searched = { text, index: found?.index ?? before };
    if (found) this.buffer.set(found.entry, found.entry.indexOf(text));
    this.draw();
  }

  private async completeHere(): Promise<void> {
    const { buffer } = this;
    const { text, cursor } = buffer;
    const line = text.slice(0, cursor).split('\n').at(-1)!;
    if (line.trim() === '') {
      buffer.insert('  ');
      this.changed();
      return;
    }
    const { start, names } = await this.help.complete(text, cursor);
    if (names.length === 0) return;
    const typed = text.slice(start, cursor);
    const common = commonStart(names);
    if (common.length > typed.length) {
      buffer.replace(start, cursor, common);
      this.changed();
    } else if (names.length > 1 && this.listedFor !== text) {
      this.listedFor = text;
      this.aside(() => void this.screen.write(`${nameList(names, this.screen.columns ?? 80).join('\r\n')}\r\n`));
    }
  }
}

function nameOf({ ctrl, meta, name = '' }: Key): string {
  return `${ctrl ? 'ctrl ' : ''}${meta ? 'meta ' : ''}${name}`;
}

/** What the table says of a name that it has itself. */
const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

function commonStart([first = '', ...names]: readonly string[]): string {
  let common = first;
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  return common;
}

/** The names in columns, read downwards. */
export function nameList(names: readonly string[], columns: number): string[] {
  const shown = names.slice(0, MOST_NAMES);
  const width = Math.min(columns - 1, Math.max(...shown.map(terminalColumns)) + 2);
  const across = Math.max(1, Math.floor((columns - 1) / width));
  const down = Math.ceil(shown.length / across);
  const rows = Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (_, column) => shown[column * down + row] ?? '')
      .map((name) => inColumns(name, width))
      .join('')
      .trimEnd(),
  );
  return names.length > shown.length ? [...rows, `… and ${names.length - shown.length} more`] : rows;
}
