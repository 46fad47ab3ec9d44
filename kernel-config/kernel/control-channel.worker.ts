import { parentPort, workerData } from 'node:worker_threads';
import { Router } from 'zeromq';
import { type ControlData, type ControlEvent, type ControlOrder, INPUT } from './control-channel.js';
import { decodeMessage, DELIMITER, encodeMessage } from './jupyter-message.js';

const { connection, flag, typed } = workerData as ControlData;
const { key } = connection;
/** How long the other thread has to take notice of an interrupt. */
const UNHEARD_MS = 150;

const tell = (event: ControlEvent) => parentPort!.postMessage(event);

function interrupt(): void {
  const count = Atomics.add(flag, 0, 1) + 1;
  tell({ kind: 'interrupt' });
  endInput(INPUT.interrupted);
  // Code that never waits and never looks is ended by a signal. Windows has none.
  const unheard = () => Atomics.load(flag, 1) < count;
  if (process.platform !== 'win32') setTimeout(() => unheard() && process.kill(process.pid, 'SIGINT'), UNHEARD_MS);
}

/** Wakes the other thread where it waits for an input. @returns whether it did */
function endInput(state: number): boolean {
  if (Atomics.compareExchange(flag, INPUT.place, INPUT.waiting, state) !== INPUT.waiting) return false;
  Atomics.notify(flag, INPUT.place);
  return true;
}

function onInput(frames: Buffer[]): void {
  const { header, content } = decodeMessage(key, frames);
  if (header.msg_type !== 'input_reply') return;
  const value = typeof content.value === 'string' ? content.value : '';
  const { written } = new TextEncoder().encodeInto(value, typed);
  Atomics.store(flag, INPUT.length, written);
  if (!endInput(INPUT.answered)) tell({ kind: 'input', value });
}

function onControl(control: Sender, frames: Buffer[]): void {
  const { header } = decodeMessage(key, frames);
  if (header.msg_type !== 'interrupt_request') {
    tell({ kind: 'request', frames });
    return;
  }
  // Answered here, without a status: the status goes through a socket of the other thread.
  interrupt();
  const answer = encodeMessage(key, header.session ?? '', 'interrupt_reply', { status: 'ok' }, header).frames;
  const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
  control.send([...frames.slice(0, delimiter), ...answer]);
}

/** Sends one message after the other: a socket takes no second one while it is busy with the first. */
class Sender {
  private last: Promise<void> = Promise.resolve();

  constructor(readonly socket: Router) {}

  send(frames: (string | Uint8Array)[]): void {
    this.last = this.last.then(() => this.socket.send(frames as Buffer[])).catch(() => undefined);
  }
}

async function receive({ socket }: Sender, handle: (frames: Buffer[]) => void): Promise<void> {
  for await (const frames of socket) {
    try {
      handle(frames);
    } catch {
      // not signed with the kernel's key
    }
  }
}

async function main(): Promise<void> {
  const control = new Sender(new Router({ linger: 0 }));
  const stdin = new Sender(new Router({ linger: 0 }));
  parentPort!.on('message', (order: ControlOrder) => {
    if (order.kind !== 'close') (order.kind === 'input' ? stdin : control).send(order.frames);
    else {
      control.socket.close();
      stdin.socket.close();
      Atomics.store(flag, 2, 1);
      Atomics.notify(flag, 2);
      parentPort!.close();
    }
  });
  const address = `${connection.transport}://${connection.ip}`;
  await control.socket.bind(`${address}:${connection.control_port}`);
  await stdin.socket.bind(`${address}:${connection.stdin_port}`);
  tell({ kind: 'bound' });
  await Promise.all([receive(control, (frames) => onControl(control, frames)), receive(stdin, onInput)]);
}

void main();
