import readline from 'node:readline';

export interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

export type Press = { readonly paste: string } | { readonly key: Key; readonly text: string };

export interface KeySource {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  pause(): unknown;
  resume(): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

/**
 * The keys that are pressed, in their order, each handed out when it is asked for: what is typed or pasted while an
 * input runs waits for the prompt. A paste that the terminal marks as one (bracketed paste) comes in one piece.
 */
export class KeyQueue {
  private readonly presses: Press[] = [];
  private waiting: ((press: Press | null) => void) | null = null;
  private pasted: string | null = null;
  private ended = false;

  constructor(private readonly source: KeySource) {
    readline.emitKeypressEvents(source as NodeJS.ReadStream);
    source.on('keypress', (text: string | undefined, key: Key) => this.take(text, key));
    source.on('end', () => {
      this.ended = true;
      this.waiting?.(null);
      this.waiting = null;
    });
    source.pause();
  }

  /** From here on keys are not shown by the terminal but come one by one; Ctrl-C is a key. */
  listen(): void {
    this.source.setRawMode?.(true);
    this.source.resume();
  }

  /** From here on the terminal is as programs find it; Ctrl-C is a signal. */
  rest(): void {
    this.source.pause();
    this.source.setRawMode?.(false);
  }

  /** Forgets what was typed ahead. */
  drop(): void {
    this.presses.length = 0;
  }

  /** The next key; null when the input has ended. */
  next(): Promise<Press | null> {
    const press = this.presses.shift();
    if (press) return Promise.resolve(press);
    if (this.ended) return Promise.resolve(null);
    return new Promise((resolve) => (this.waiting = resolve));
  }

  private take(text: string | undefined, key: Key): void {
    if (key.name === 'paste-start') this.pasted = '';
    else if (key.name === 'paste-end') {
      const paste = this.pasted ?? '';
      this.pasted = null;
      this.put({ paste });
    } else if (this.pasted !== null) this.pasted += text ?? key.sequence ?? '';
    else this.put({ key, text: text ?? '' });
  }

  private put(press: Press): void {
    if (this.waiting) {
      this.waiting(press);
      this.waiting = null;
    } else this.presses.push(press);
  }
}
