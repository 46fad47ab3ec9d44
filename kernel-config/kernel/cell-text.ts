import { StringDecoder } from 'node:string_decoder';

export type StreamName = 'stdout' | 'stderr';

/** What replaces `process.stdout.write`. */
type Write = (chunk: string | Uint8Array, encodingOrDone?: BufferEncoding | (() => void), done?: () => void) => boolean;

/** The first text of a burst goes out at once, then what has come together in this time, or in this many characters. */
const INTERVAL_MS = 50;
const CHARACTERS = 1 << 16;

/**
 * The text that a cell writes, sent in few messages: a cell may write thousands of lines in one go, more than message
 * queues and Jupyter's limit of messages per second take. The order of the two streams is kept; whoever sends something
 * else has to `flush` first.
 */
export class CellText {
  private parts: { name: StreamName; text: string }[] = [];
  private characters = 0;
  private sentAt = -Infinity;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly send: (name: StreamName, text: string) => void) {}

  /** A `write` for the stream; bytes may be cut anywhere. */
  writer(name: StreamName): Write {
    const decoder = new StringDecoder('utf8');
    return (chunk, encodingOrDone, done = typeof encodingOrDone === 'function' ? encodingOrDone : undefined) => {
      this.add(name, typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)));
      if (done) process.nextTick(done);
      return true;
    };
  }

  /** Sends what has not been sent. */
  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.characters === 0) return;
    const { parts } = this;
    this.parts = [];
    this.characters = 0;
    for (const { name, text } of parts) this.send(name, text);
    this.sentAt = performance.now();
  }

  private add(name: StreamName, text: string): void {
    if (text === '') return;
    const last = this.parts.at(-1);
    if (last?.name === name) last.text += text;
    else this.parts.push({ name, text });
    this.characters += text.length;
    // In a stretch without awaits no timer fires: the clock has to be looked at.
    if (this.characters >= CHARACTERS || performance.now() - this.sentAt >= INTERVAL_MS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), INTERVAL_MS);
  }
}
