import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { watchFlag } from '../../lib/engine/interruption.js';
import type { ConnectionInfo } from './jupyter-message.js';

/** What the thread is given. */
export interface ControlData {
  connection: ConnectionInfo;
  /** [0] and [1] as in `watchFlag`; [2] becomes 1 when the sockets are closed; [3] and [4] as in `INPUT`. */
  flag: Int32Array;
  /** What was typed, in UTF-8. */
  typed: Uint8Array;
}
/** What the thread tells. */
export type ControlEvent =
  | { kind: 'bound' }
  | { kind: 'interrupt' }
  | { kind: 'request'; frames: Uint8Array[] }
  | { kind: 'input'; value: string };
/** What the thread is asked for: an answer to a request, a request for an input, the end. */
export type ControlOrder = { kind: 'answer' | 'input'; frames: (string | Uint8Array)[] } | { kind: 'close' };

/** Where the flag says how far an input is that the kernel waits for, and the states; and where how long it is. */
export const INPUT = { place: 3, length: 4, none: 0, waiting: 1, answered: 2, interrupted: 3 } as const;

const MOST_TYPED = 1 << 20;
/** Longest wait for the thread when the process ends. */
const CLOSE_MS = 1000;

type Frames = (string | Uint8Array)[];

/**
 * The kernel's control and input channels, in a thread of their own: an interrupt is heard while the kernel computes, and an input can be
 * waited for without giving the turn away. Other requests are handed on to the kernel.
 */
export class ControlChannel {
  /** Resolves when the ports are bound. */
  readonly bound: Promise<void>;
  /** Gets the requests, with a way to answer. */
  onRequest: ((frames: Buffer[], answer: (frames: Frames) => void) => void) | null = null;
  /** Gets inputs that were asked for by `ask`. */
  onInput: ((value: string) => void) | null = null;
  private readonly worker: Worker;
  private readonly flag = new Int32Array(new SharedArrayBuffer(20));
  private readonly typed = new Uint8Array(new SharedArrayBuffer(MOST_TYPED));

  constructor(connection: ConnectionInfo) {
    watchFlag(this.flag);
    const workerData: ControlData = { connection, flag: this.flag, typed: this.typed };
    this.worker = new Worker(path.join(__dirname, 'control-channel.worker.js'), { workerData });
    this.worker.unref();
    // A socket that is open when its thread ends takes the process down with an abort.
    process.once('exit', () => {
      this.order({ kind: 'close' });
      Atomics.wait(this.flag, 2, 0, CLOSE_MS);
    });
    this.bound = new Promise((resolve, reject) => {
      this.worker.once('error', reject);
      this.worker.on('message', (event: ControlEvent) => {
        if (event.kind === 'bound') resolve();
        else if (event.kind === 'interrupt') process.emit('SIGINT');
        else if (event.kind === 'input') this.onInput?.(event.value);
        else {
          const frames = event.frames.map((frame) => Buffer.from(frame));
          this.onRequest?.(frames, (answer) => this.order({ kind: 'answer', frames: answer }));
        }
      });
    });
  }

  /** Asks the front end for an input, which `onInput` gets. */
  ask(request: Frames): void {
    this.order({ kind: 'input', frames: request });
  }

  /** Asks the front end for an input and waits for it. @returns null where it was interrupted */
  askAndWait(request: Frames): string | null {
    Atomics.store(this.flag, INPUT.place, INPUT.waiting);
    this.ask(request);
    Atomics.wait(this.flag, INPUT.place, INPUT.waiting);
    const state = Atomics.exchange(this.flag, INPUT.place, INPUT.none);
    if (state !== INPUT.answered) return null;
    const bytes = this.typed.slice(0, Atomics.load(this.flag, INPUT.length));
    return new TextDecoder().decode(bytes);
  }

  private order(order: ControlOrder): void {
    this.worker.postMessage(order);
  }
}
