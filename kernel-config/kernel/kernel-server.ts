import { type CellExecutor, withCellFailures } from './cell-executor.js';
import { CellQueue } from './cell-queue.js';
import { CellText, type StreamName } from './cell-text.js';
import type { ControlChannel } from './control-channel.js';
import { inspectedPositions } from './inspected-positions.js';
import { NEW_SESSION } from './jupyter-message.js';
import { receiveOnceBound } from './receive-once-bound.js';
import { answerSimpleRequest } from './simple-requests.js';
import { wellFormed } from './well-formed.js';

type Tslab = typeof import('tslab/dist/jupyter.js');
type Executors = Pick<typeof import('tslab/dist/executor.js'), 'createExecutor'>;

interface Socket {
  send: (frames: (string | Buffer)[]) => unknown;
  sendTimeout?: number;
  sendHighWaterMark?: number;
}
interface Message {
  header: { msg_type: string };
  content: Record<string, unknown>;
  createReply: () => Message;
  signAndSend: (key: string, socket: Socket) => void;
}
type Publish = (type: string, content: Record<string, unknown>) => void;
type WriteDisplayData = (data: Record<string, unknown>, update: boolean) => void;

/** The parts of tslab's classes that are replaced here. */
interface Server {
  iopub: Socket;
  shell: Socket;
  control: Socket;
  connInfo: { key: string };
  handler: Handler;
  bindSocket: (this: Server, socket: Socket, port: number) => Promise<void>;
  handleShellMessage: (this: Server, socket: Socket, ...frames: Buffer[]) => Promise<void>;
  handleExecute: (this: Server, socket: Socket, message: Message) => Promise<void>;
  handleShutdown: (this: Server, socket: Socket, message: Message) => void;
}
interface Handler {
  execCount: number;
  executor: CellExecutor;
  handleExecuteImpl: (
    this: Handler,
    request: ExecuteRequest,
    channel: CellChannel,
    display: WriteDisplayData,
  ) => Promise<unknown>;
  createWriteToIopub: (name: StreamName, channel: CellChannel) => unknown;
  handleInspect: (this: Handler, request: { code: string; cursor_pos: number }) => { found: boolean };
}
interface ExecuteRequest {
  code: string;
  /** Front ends say false for a cell with the tag 'raises-exception'. Missing means true. */
  stop_on_error?: boolean;
}

/** What a cell sends while it runs. tslab passes it on where it has a function that writes text. */
interface CellChannel {
  publish: Publish;
  text: CellText;
  failure: Record<string, unknown> | null;
}

const QUEUED_MESSAGES = 100_000;
const EXIT_MS = 300;

/**
 * Makes tslab keep to the Jupyter protocol where it does not: text comes in few messages, none of which is lost; failures
 * are `error` messages; texts are whole characters; what is run is told with its number; a request to interrupt is obeyed; a shutdown ends the process,
 * whatever cells have left open.
 */
export function improveServer(
  control: ControlChannel,
  tslab: Tslab,
  executors: { -readonly [K in keyof Executors]: Executors[K] },
): void {
  executors.createExecutor = withCellFailures(executors.createExecutor);

  const handler = tslab.JupyterHandlerImpl.prototype as unknown as Handler;
  handler.createWriteToIopub = (name, { text }) => text.writer(name);
  const runCell = handler.handleExecuteImpl;
  handler.handleExecuteImpl = async function (request, channel, display) {
    this.executor.cellCount = this.execCount + 1;
    channel.publish('execute_input', { code: request.code, execution_count: this.execCount + 1 });
    try {
      return await runCell.call(this, request, channel, display);
    } finally {
      channel.text.flush();
      const { failure } = this.executor;
      if (failure) {
        channel.failure = { ...failure };
        channel.publish('error', channel.failure);
      }
    }
  };

  const inspect = handler.handleInspect;
  handler.handleInspect = function (request) {
    for (const cursor_pos of inspectedPositions(request.code, request.cursor_pos)) {
      const reply = inspect.call(this, { ...request, cursor_pos });
      if (reply.found) return reply;
    }
    return { status: 'ok', found: false, data: {}, metadata: {} };
  };

  const server = tslab.ZmqServer.prototype as unknown as Server;
  // A port takes messages before its socket may be used: on a busy machine the first request came in between, and was lost.
  const bindings: Promise<void>[] = [];
  const bindSocket = server.bindSocket;
  server.bindSocket = function (socket, port) {
    if (socket === this.control) {
      control.onRequest = (answers, frames) => void this.handleShellMessage(answers, ...frames);
      return control.bound;
    }
    if (socket === this.iopub) {
      // With a timeout, zeromq refuses the 513th message of one go; without, a publisher never waits.
      socket.sendTimeout = 0;
      socket.sendHighWaterMark = QUEUED_MESSAGES;
    }
    const binding = bindSocket.call(this, socket, port);
    bindings.push(binding);
    receiveOnceBound(socket, binding);
    return binding;
  };

  const queue = new CellQueue();
  server.handleExecute = async function (socket, message) {
    const request = message.content as unknown as ExecuteRequest;
    const publish: Publish = (type, content) => {
      const sent = message.createReply();
      sent.header.msg_type = type;
      sent.content = wellFormed(content);
      sent.signAndSend(this.connInfo.key, this.iopub);
    };
    const text = new CellText((name, written) => publish('stream', { name, text: written }));
    const channel: CellChannel = { publish, text, failure: null };
    const display: WriteDisplayData = (data, update) => {
      text.flush();
      publish(update ? 'update_display_data' : 'display_data', data);
    };
    let executionCount: number | undefined;
    const run = async (): Promise<boolean> => {
      try {
        await this.handler.handleExecuteImpl(request, channel, display);
        return true;
      } catch {
        return false; // tslab throws the cell's number; why it failed is in `channel.failure`
      } finally {
        executionCount = this.handler.execCount;
      }
    };
    const outcome = await queue.add(run, request.stop_on_error !== false);
    const reply = message.createReply();
    reply.header.msg_type = 'execute_reply';
    reply.content = wellFormed({
      status: outcome,
      execution_count: executionCount,
      ...channel.failure,
    });
    reply.signAndSend(this.connInfo.key, socket);
  };

  const handleMessage = server.handleShellMessage;
  server.handleShellMessage = async function (socket, ...frames) {
    await Promise.all(bindings);
    const acts = {
      interrupt_request: () => process.emit('SIGINT'),
      [NEW_SESSION]: (content: Record<string, unknown>) => beginSession(this.handler, content['env']),
    };
    if (answerSimpleRequest(frames, this.connInfo.key, socket, this.iopub, acts)) return;
    await handleMessage.call(this, socket, ...frames);
  };

  const handleShutdown = server.handleShutdown;
  server.handleShutdown = function (socket, message) {
    handleShutdown.call(this, socket, message);
    setTimeout(() => process.exit(0), EXIT_MS);
  };
}

/** Forgets what the cells have declared, and counts from 1. Packages stay loaded. @param env variables to set; null removes one */
function beginSession(handler: Handler, env: unknown): void {
  handler.executor.reset();
  handler.execCount = 0;
  for (const [name, value] of Object.entries((env ?? {}) as Record<string, string | null>)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
}
