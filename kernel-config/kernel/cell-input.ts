import { Readable } from 'node:stream';
import { ModulabError } from '../../lib/errors.js';

/** What is in scope of cells besides Node's globals, as TypeScript. */
export const INPUT_GLOBALS = `declare global {
  /** Asks for a line of text. Gives null where none was entered. */
  function prompt(message?: string, initial?: string): string | null;
  /** Asks a question that is answered by yes or no. */
  function confirm(message?: string): boolean;
  /** Shows a message and waits until it has been seen. */
  function alert(message?: string): void;
}
export {};`;

/** How inputs are asked for. */
export interface InputChannel {
  /** Whether the front end of the running cell can ask a person. */
  readonly allowed: () => boolean;
  /** Asks; the answer comes to `CellInput.answer`. */
  readonly ask: (prompt: string) => void;
  /** Asks and waits. Null where it was interrupted. */
  readonly askAndWait: (prompt: string) => string | null;
  /** Ends the cell that has asked where nobody can answer. */
  readonly refuse: (error: Error) => void;
}

/** So long a program has to say that it wants no more after a line. */
const WANTED_MS = 60;

const noInput = () =>
  new ModulabError(
    'No input here: this client cannot ask anybody. Give the value to a variable in a cell, or run the notebook in Jupyter.',
  );

/** Stands for `process.stdin` in cells: a line that a program waits for is asked for in the notebook. */
export class CellInput extends Readable {
  private asked = false;
  private wanted = false;

  constructor(private readonly channel: InputChannel) {
    super({ highWaterMark: 1 });
  }

  /** A cell that listens wants lines, also where an earlier one has paused the stream, as readline does at its end. */
  override on(event: string | symbol, listener: Parameters<Readable['on']>[1]): this {
    super.on(event as 'data', listener);
    return event === 'data' ? this.resume() : this;
  }

  override _read(): void {
    this.wanted = true;
    this.askSoon();
  }

  /** To be called when a program has written a question: what is without the end of a line. */
  askSoon(): void {
    if (!this.wanted || this.asked) return;
    const look = () => {
      if (!this.wanted || this.asked || this.readableFlowing === false || this.destroyed) return;
      if (!this.channel.allowed()) {
        this.wanted = false;
        this.channel.refuse(noInput());
        return;
      }
      this.asked = true;
      this.channel.ask('');
    };
    setTimeout(look, WANTED_MS).unref();
  }

  /** A line has been typed. */
  answer(line: string): void {
    this.asked = this.wanted = false;
    this.push(`${line}\n`);
  }

  /** A cell begins: what an earlier one has asked for is not waited for any more. */
  begin(): void {
    this.asked = false;
  }
}

/** Puts `prompt`, `confirm` and `alert` in scope of cells. */
export function offerDialogs(channel: InputChannel, interrupted: () => Error): void {
  const ask = (message: string): string => {
    if (!channel.allowed()) throw noInput();
    const answer = channel.askAndWait(message);
    if (answer === null) throw interrupted();
    return answer;
  };
  const dialogs = {
    prompt: (message = '', initial = '') => ask(`${message} `) || initial,
    confirm: (message = '') => /^(y|yes|j|ja|o|oui|s|si|true|1)$/i.test(ask(`${message} [y/N] `).trim()),
    alert: (message = '') => void ask(`${message} [Enter] `),
  };
  for (const [name, value] of Object.entries(dialogs)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}
