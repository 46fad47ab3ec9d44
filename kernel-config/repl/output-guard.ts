import type { Writable } from 'node:stream';

/** Draws the prompt anew around something else that is written. */
export type Aside = (write: () => void) => void;

type Write = Writable['write'];

/**
 * Keeps what programs write apart from the prompt: while one is shown, output goes above it, and a line that is written
 * over and over (progress of something nobody waits for) stays one line. Knows whether the last line was ended.
 */
export class OutputGuard {
  /** Writes past the guard: what belongs to the prompt itself. */
  readonly direct: (text: string) => void;
  /** The last line that was written, as far as it is not ended. */
  private unfinished = '';
  private aside: Aside | null = null;
  private readonly restore: (() => void)[] = [];

  /** @param streams all that lead to the terminal; the prompt writes to the first */
  constructor(streams: readonly [Writable, ...Writable[]]) {
    const first = streams[0].write.bind(streams[0]);
    this.direct = (text) => void first(text);
    for (const stream of streams) {
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) =>
        this.pass(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'), rest, write)) as Write;
      this.restore.push(() => (stream.write = write as Write));
    }
  }

  /** While a prompt is shown: how to write something above it. */
  around(aside: Aside | null): void {
    this.aside = aside;
  }

  /** Ends a line that was left without an end. */
  endLine(): void {
    if (this.unfinished !== '') this.direct('\n');
    this.unfinished = '';
  }

  release(): void {
    for (const undo of this.restore) undo();
  }

  private pass(text: string, rest: unknown[], write: (...args: unknown[]) => boolean): boolean {
    if (!this.aside) {
      this.unfinished = lastLine(this.unfinished, text);
      return write(text, ...rest);
    }
    let result = true;
    this.aside(() => {
      const before = this.unfinished;
      if (before !== '') write('\x1b[A\r\x1b[2K');
      this.unfinished = lastLine(before, text);
      result = write(before + text, ...rest);
      if (this.unfinished !== '') write('\r\n');
    });
    return result;
  }
}

/** What stands in the last line when `text` was written behind `line`, without what it overwrote; '' where it is empty. */
export function lastLine(line: string, text: string): string {
  const all = line + text;
  const last = all.slice(all.lastIndexOf('\n') + 1);
  const overwritten = last.slice(last.lastIndexOf('\r') + 1);
  return overwritten.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '') === '' ? '' : overwritten;
}
