import { version as typescriptVersion } from 'typescript/package.json';
import { Publisher, Reply, Router } from 'zeromq';
import { packageVersion } from '../../lib/run/package-version.js';
import { GivenUp } from '../session/running/given-up.js';
import type { Session } from '../session/session.js';
import { CellInput, offerDialogs } from './cell-input.js';
import { CellRequests, type CurrentCell, type ExecuteRequest } from './cell-requests.js';
import type { ControlChannel } from './control-channel.js';
import { inspectedPositions } from './inspected-positions.js';
import {
  type ConnectionInfo,
  decodeMessage,
  DELIMITER,
  encodeMessage,
  type JupyterMessage,
  NEW_SESSION,
} from './jupyter-message.js';
import type { TslabDisplay } from './tslab-display.js';
import { toCharacters, toUnits } from './unicode-positions.js';
import { wellFormed } from './well-formed.js';

type Frames = (string | Uint8Array)[];
type Content = Record<string, unknown>;

/** A request and the ways to answer it. */
interface Request {
  readonly type: string;
  readonly content: Content;
  readonly reply: (content: Content, type?: string) => void;
  readonly publish: (type: string, content: Content) => void;
  readonly identities: readonly Buffer[];
  readonly header: JupyterMessage['header'];
}

const QUEUED_MESSAGES = 100_000;
const EXIT_MS = 100;

/** Jupyter's protocol over a session: https://jupyter-client.readthedocs.io/en/stable/messaging.html */
export class KernelServer {
  private readonly iopub = new Publisher({ linger: EXIT_MS, sendHighWaterMark: QUEUED_MESSAGES });
  private readonly shell = new Router({ linger: EXIT_MS });
  private readonly heartbeat = new Reply({ linger: 0 });
  private readonly cells: CellRequests;
  private readonly input: CellInput;
  private current: (CurrentCell & { readonly request: ExecuteRequest; readonly from: Request }) | null = null;
  private asking: Request | null = null;

  constructor(
    private readonly connection: ConnectionInfo,
    private readonly session: Session,
    private readonly control: ControlChannel,
    display: TslabDisplay,
  ) {
    const channel = {
      allowed: () => this.current?.request.allow_stdin === true,
      ask: (prompt: string) => control.ask(this.inputRequest(prompt)),
      askAndWait: (prompt: string) => control.askAndWait(this.inputRequest(prompt)),
      refuse: (error: Error) => session.fail(error),
    };
    this.input = new CellInput(channel);
    Object.defineProperty(process, 'stdin', { value: this.input, configurable: true });
    offerDialogs(channel, () => new GivenUp());
    this.cells = new CellRequests({
      session,
      setDisplayChannel: (write) => display.setChannel(write),
      onQuestion: () => this.input.askSoon(),
      onCell: (cell) => {
        this.current = { ...cell, from: this.asking! };
        this.input.begin();
      },
    });
    session.replacePackage('tslab', () => display.load());
  }

  /** Binds the ports, and answers from then on. */
  async start(): Promise<void> {
    const { transport, ip, iopub_port, shell_port, hb_port } = this.connection;
    const address = (port: number) => `${transport}://${ip}:${port}`;
    this.control.onInput = (value) => this.input.answer(value);
    this.control.onRequest = (frames, answer) => void this.handle(frames, answer);
    await this.iopub.bind(address(iopub_port));
    await this.control.bound;
    await this.heartbeat.bind(address(hb_port));
    await this.shell.bind(address(shell_port));
    void this.beat();
    let last: Promise<unknown> = Promise.resolve();
    // One message after the other: a socket takes no second one while it is busy with the first.
    const answer = (frames: Frames) => {
      last = last.then(() => this.shell.send(frames as Buffer[])).catch(() => undefined);
    };
    for await (const frames of this.shell) void this.handle(frames, answer);
  }

  private async beat(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }

  private async handle(frames: Buffer[], answer: (frames: Frames) => void): Promise<void> {
    const { key } = this.connection;
    let message: JupyterMessage;
    try {
      message = decodeMessage(key, frames);
    } catch {
      return; // not signed with the kernel's key
    }
    const { header, content } = message;
    const identities = frames.slice(
      0,
      frames.findIndex((frame) => frame.equals(DELIMITER)),
    );
    const encode = (type: string, sent: Content) =>
      encodeMessage(key, header.session ?? '', type, wellFormed(sent), header).frames;
    const request: Request = {
      ...{ type: header.msg_type, content, identities, header },
      publish: (type, sent) => void this.publish(type, encode(type, sent)),
      reply: (sent, type = header.msg_type.replace('_request', '_reply')) =>
        answer([...identities, ...encode(type, sent)]),
    };
    const status = (execution_state: string) => request.publish('status', { execution_state });
    status('busy');
    try {
      await this.answer(request);
    } catch (error) {
      request.reply({ status: 'error', ...this.session.failureOf(error) });
    } finally {
      status('idle');
    }
  }

  /** Publishers never wait; what cannot be sent any more is dropped. */
  private async publish(type: string, frames: Frames): Promise<void> {
    try {
      await this.iopub.send([type, ...frames] as Buffer[]);
    } catch {
      // the socket is closed
    }
  }

  private async answer(request: Request): Promise<void> {
    const { type, content, reply, publish } = request;
    switch (type) {
      case 'kernel_info_request':
        return reply(kernelInfo());
      case 'execute_request': {
        const execute = content as unknown as ExecuteRequest;
        return reply(await this.cells.execute(execute, publish, () => (this.asking = request)));
      }
      case 'is_complete_request':
        return reply(await this.isComplete(String(content.code)));
      case 'complete_request':
        return reply(await this.complete(String(content.code), Number(content.cursor_pos)));
      case 'inspect_request':
        return reply(await this.inspect(String(content.code), Number(content.cursor_pos)));
      case 'history_request':
        return reply({ status: 'ok', history: this.cells.history.find(content) });
      case 'comm_info_request':
        return reply({ status: 'ok', comms: {} });
      case 'comm_open':
        // There are no widgets: who opens one is told that it is closed.
        return publish('comm_close', { comm_id: content.comm_id, data: {} });
      case 'interrupt_request':
        process.emit('SIGINT');
        return reply({ status: 'ok' });
      case 'shutdown_request':
        reply({ status: 'ok', restart: content.restart === true });
        publish('shutdown_reply', { status: 'ok', restart: content.restart === true });
        setTimeout(() => process.exit(0), EXIT_MS);
        return;
      case NEW_SESSION:
        await this.cells.reset();
        setEnvironment(content['env']);
        return reply({ status: 'ok' });
      default: // messages that ask for nothing, such as comm_msg
    }
  }

  private async isComplete(code: string): Promise<Content> {
    if (/^\s*(?:[%!?]|[\w$.]+\?{1,2}\s*$)/.test(code)) return { status: 'complete' };
    const { complete, invalid, indent } = await this.session.isComplete(code);
    return invalid ? { status: 'invalid' } : complete ? { status: 'complete' } : { status: 'incomplete', indent };
  }

  private async complete(code: string, cursor: number): Promise<Content> {
    const { start, end, names } = await this.session.complete(code, toUnits(code, cursor));
    const [cursor_start, cursor_end] = [toCharacters(code, start), toCharacters(code, end)];
    return { status: 'ok', matches: names, cursor_start, cursor_end, metadata: {} };
  }

  private async inspect(code: string, cursor: number): Promise<Content> {
    const asked = code.replace(/\s*\?{1,2}\s*$/, '');
    const position = Math.min(toUnits(code, cursor), asked.length);
    const text = await this.session.inspect(asked, inspectedPositions(asked, position));
    const data = text === null ? {} : { 'text/plain': text };
    return { status: 'ok', found: text !== null, data, metadata: {} };
  }

  /** What asks the front end of the running cell for an input. */
  private inputRequest(prompt: string): Frames {
    const { identities, header } = this.current!.from;
    const content = { prompt, password: false };
    const { frames } = encodeMessage(this.connection.key, header.session ?? '', 'input_request', content, header);
    return [...identities, ...frames];
  }
}

function kernelInfo(): Content {
  return {
    status: 'ok',
    protocol_version: '5.3',
    implementation: 'modulab',
    implementation_version: packageVersion(),
    language_info: {
      name: 'typescript',
      version: typescriptVersion,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `modulab ${packageVersion()}, TypeScript ${typescriptVersion}, Node.js ${process.versions.node}`,
    help_links: [],
  };
}

/** @param env variables to set; null removes one */
function setEnvironment(env: unknown): void {
  for (const [name, value] of Object.entries((env ?? {}) as Record<string, string | null>)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
}
