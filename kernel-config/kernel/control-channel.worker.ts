import { parentPort, workerData } from 'node:worker_threads';
import { Router } from 'zeromq';
import type { ControlData, ControlEvent } from './control-channel.js';
import { answerSimpleRequest } from './simple-requests.js';

const { connection, flag } = workerData as ControlData;
/** How long the other thread has to take notice of an interrupt. */
const UNHEARD_MS = 150;

const tell = (event: ControlEvent) => parentPort!.postMessage(event);

function interrupt(): void {
  const count = Atomics.add(flag, 0, 1) + 1;
  tell({ kind: 'interrupt' });
  // Code that never waits and never looks is ended by a signal. Windows has none.
  const unheard = () => Atomics.load(flag, 1) < count;
  if (process.platform !== 'win32') setTimeout(() => unheard() && process.kill(process.pid, 'SIGINT'), UNHEARD_MS);
}

function close(control: Router): void {
  control.close();
  Atomics.store(flag, 2, 1);
  Atomics.notify(flag, 2);
  parentPort!.close();
}

async function main(): Promise<void> {
  const control = new Router({ linger: 0 });
  parentPort!.on('message', (frames: (string | Buffer)[] | null) => {
    if (frames) void control.send(frames);
    else close(control);
  });
  await control.bind(`${connection.transport}://${connection.ip}:${connection.control_port}`);
  tell({ kind: 'bound' });
  for await (const frames of control) {
    try {
      // Only interrupts are answered here, without a status: the status goes through a socket of the other thread.
      const acts = { interrupt_request: interrupt };
      if (!answerSimpleRequest(frames, connection.key, control, null, acts)) tell({ kind: 'request', frames });
    } catch {
      // not signed with the kernel's key
    }
  }
}

void main();
