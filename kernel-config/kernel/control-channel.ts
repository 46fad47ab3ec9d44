import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { watchFlag } from '../../lib/engine/interruption.js';
import type { ConnectionInfo } from './jupyter-message.js';

/** What the thread is given. */
export interface ControlData {
  connection: ConnectionInfo;
  /** [0] and [1] as in `watchFlag`; [2] becomes 1 when the socket is closed. */
  flag: Int32Array;
}
/** What the thread tells. */
export type ControlEvent = { kind: 'bound' } | { kind: 'interrupt' } | { kind: 'request'; frames: Uint8Array[] };

/** Longest wait for the thread when the process ends. */
const CLOSE_MS = 1000;

interface Socket {
  send: (frames: (string | Uint8Array)[]) => void;
}

/**
 * The kernel's control channel, in a thread of its own: an interrupt is heard while the kernel computes. Other requests are
 * handed on to the kernel.
 */
export class ControlChannel {
  /** Resolves when the port is bound. */
  readonly bound: Promise<void>;
  /** Gets the requests; they wait until it is set. */
  onRequest: ((socket: Socket, frames: Buffer[]) => void) | null = null;

  constructor(connectionFile: string) {
    const connection = JSON.parse(fs.readFileSync(connectionFile, 'utf8')) as ConnectionInfo;
    const flag = new Int32Array(new SharedArrayBuffer(12));
    watchFlag(flag);
    const workerData: ControlData = { connection, flag };
    const worker = new Worker(path.join(__dirname, 'control-channel.worker.js'), { workerData });
    worker.unref();
    // A socket that is open when its thread ends takes the process down with an abort.
    process.once('exit', () => {
      worker.postMessage(null);
      Atomics.wait(flag, 2, 0, CLOSE_MS);
    });
    const socket: Socket = { send: (frames) => worker.postMessage(frames) };
    this.bound = new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (event: ControlEvent) => {
        if (event.kind === 'bound') resolve();
        else if (event.kind === 'interrupt') process.emit('SIGINT');
        else
          this.onRequest?.(
            socket,
            event.frames.map((frame) => Buffer.from(frame)),
          );
      });
    });
  }
}
