import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dealer, Subscriber } from 'zeromq';
import {
  type ConnectionInfo,
  decodeMessage,
  encodeMessage,
  type JupyterMessage,
  NEW_SESSION,
  newConnection,
  writeConnectionFile,
} from './jupyter-message.js';

export interface KernelOptions {
  /** Folder the kernel runs in: relative imports and file names of the cells start here. */
  cwd: string;
  /** Environment variables added to this process's. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Longest wait for the kernel's first answer, in milliseconds; 60,000 by default. */
  startTimeoutMs?: number;
}

export interface ExecutionReply {
  /** 'aborted': not run, since a cell before it had failed. */
  status: 'ok' | 'error' | 'aborted';
  executionCount: number | null;
}

const START_ATTEMPTS = 3;
const READY_POLL_MS = 200;
/** After the reply, outputs may still be under way; the last message, 'idle', can be missing. */
const QUIET_MS = 2000;
const SHUTDOWN_MS = 2000;
const CLOSE_MS = 500;

/** A kernel process of its own, spoken to over the loopback interface. */
export class KernelProcess {
  /** Why the process has ended; null while it runs. */
  exitReason: string | null = null;
  /** Resolves with `exitReason` when the process has ended. */
  readonly exited: Promise<string>;
  /** What the kernel says of its language. */
  languageInfo: Record<string, unknown> = {};

  /** Under which the kernel sends requests for input. */
  readonly identity = randomUUID();

  private readonly shell = new Dealer({ linger: 0, routingId: this.identity });
  private readonly control = new Dealer({ linger: 0 });
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  private readonly session = randomUUID();
  private readonly replies = new Map<string, (reply: JupyterMessage) => void>();
  private readonly listeners = new Map<string, (message: JupyterMessage) => void>();
  private lastOutputAt = 0;
  private ownOutput = '';

  private constructor(
    private readonly child: ChildProcess,
    /** Where it listens. */
    readonly connection: ConnectionInfo,
    private readonly removeConnectionFile: () => void,
  ) {
    const keep = (chunk: Buffer) => {
      this.ownOutput = (this.ownOutput + chunk.toString()).slice(-4000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.exited = new Promise((resolve) => {
      const ended = (how: string) => {
        this.exitReason ??= [`The kernel ended (${how}).`, this.ownOutput.trim()].filter(Boolean).join('\n');
        removeConnectionFile();
        resolve(this.exitReason);
      };
      child.once('error', (error) => ended(error.message));
      child.once('exit', (code, signal) => {
        const how = signal ? `signal ${signal}` : `exit code ${code}`;
        // Its last words come with 'close', unless a process that it started holds the pipes open.
        child.once('close', () => ended(how));
        setTimeout(() => ended(how), CLOSE_MS).unref();
      });
    });
    this.iopub.subscribe();
    this.shell.connect(`tcp://${connection.ip}:${connection.shell_port}`);
    this.control.connect(`tcp://${connection.ip}:${connection.control_port}`);
    this.iopub.connect(`tcp://${connection.ip}:${connection.iopub_port}`);
    void this.receive(this.shell, (message) => {
      if (message.parent.msg_id) this.replies.get(message.parent.msg_id)?.(message);
    });
    void this.receive(this.iopub, (message) => {
      this.lastOutputAt = performance.now();
      if (message.parent.msg_id) this.listeners.get(message.parent.msg_id)?.(message);
    });
  }

  /**
   * Starts a kernel and waits until it answers.
   * @throws Error when it ends or does not answer in time; the message carries what it wrote
   */
  static async start(options: KernelOptions): Promise<KernelProcess> {
    for (let attempt = 1; ; attempt++) {
      const connection = await newConnection();
      const { file, remove } = writeConnectionFile(connection);
      const child = spawn(process.execPath, [path.join(__dirname, 'kernel-launcher.js'), file], {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A process group of its own: Ctrl-C reaches the kernel through interrupt() alone, once.
        detached: process.platform !== 'win32',
      });
      const kernel = new KernelProcess(child, connection, remove);
      try {
        await kernel.ready(options.startTimeoutMs ?? 60_000);
        return kernel;
      } catch (error) {
        await kernel.kill();
        // Another process may have taken one of the ports between our look and the kernel's bind.
        if (attempt < START_ATTEMPTS && kernel.ownOutput.includes('EADDRINUSE')) continue;
        throw error;
      }
    }
  }

  /**
   * Runs the code of one cell.
   * @param onMessage gets the cell's outputs, late ones included
   * @param options.stopOnError whether a failure drops the cells that have been asked for meanwhile. Default true
   * @returns null when the kernel ended meanwhile
   */
  async execute(
    code: string,
    onMessage: (message: JupyterMessage) => void,
    { stopOnError = true }: { stopOnError?: boolean } = {},
  ): Promise<ExecutionReply | null> {
    const request = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: stopOnError,
    };
    const { reply, idle } = await this.request('execute_request', request, onMessage);
    const answer = await Promise.race([reply, this.exited]);
    if (typeof answer === 'string') return null;
    await Promise.race([idle, this.exited, this.quiet()]);
    const { status, execution_count } = answer.content as { status: string; execution_count?: number };
    return {
      status: status === 'ok' || status === 'aborted' ? status : 'error',
      executionCount: execution_count ?? null,
    };
  }

  /**
   * Begins anew without a new process, when no cell runs: nothing that cells have declared is known any more, and they are counted from 1.
   * Packages stay loaded, the folder stays, and what modulab itself has opened, such as a backend, stays open.
   * @param env environment variables to set; undefined removes one
   */
  async newSession(env: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    const set = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? null]));
    await this.ask(NEW_SESSION, { env: set });
  }

  /** Stops the running cell; the kernel stays. */
  interrupt(): void {
    const { frames } = encodeMessage(this.connection.key, this.session, 'interrupt_request', {});
    void this.control.send(frames);
  }

  /** As `interrupt`, with the signal that Ctrl-C in a terminal sends. On Windows, which has no signals, it ends the kernel. */
  signalInterrupt(): void {
    this.child.kill('SIGINT');
  }

  /** Asks the kernel to end, and ends it if it does not. */
  async shutdown(): Promise<void> {
    if (this.exitReason === null) {
      await this.send('shutdown_request', { restart: false });
      await Promise.race([this.exited, sleep(SHUTDOWN_MS, undefined, { ref: false })]);
    }
    await this.kill();
  }

  /** Ends the kernel at once. */
  async kill(): Promise<void> {
    if (this.exitReason === null) this.killGroup();
    await this.exited;
    this.shell.close();
    this.control.close();
    this.iopub.close();
    this.removeConnectionFile();
  }

  /** Ends the kernel and the worker processes that it has started. */
  private killGroup(): void {
    try {
      if (process.platform !== 'win32' && this.child.pid) process.kill(-this.child.pid, 'SIGKILL');
      else this.child.kill('SIGKILL');
    } catch {
      // gone already
    }
  }

  private async ready(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    // The first answers on iopub are lost until the subscription has reached the kernel.
    for (;;) {
      const { reply, idle } = await this.request('kernel_info_request', {});
      const answer = await Promise.race([Promise.all([reply, idle]), this.exited, sleep(READY_POLL_MS)]);
      if (typeof answer === 'string') throw new Error(answer);
      if (answer) {
        this.languageInfo = answer[0].content.language_info as Record<string, unknown>;
        return;
      }
      if (performance.now() > deadline) {
        throw new Error(`The kernel did not answer within ${timeoutMs / 1000} s.\n${this.ownOutput}`.trim());
      }
    }
  }

  private async request(
    type: string,
    content: Record<string, unknown>,
    onMessage?: (message: JupyterMessage) => void,
    withStatus = false,
  ): Promise<{ reply: Promise<JupyterMessage>; idle: Promise<void> }> {
    const { id, frames } = encodeMessage(this.connection.key, this.session, type, content);
    const reply = new Promise<JupyterMessage>((resolve) => this.replies.set(id, resolve));
    const idle = new Promise<void>((resolve) => {
      this.listeners.set(id, (message) => {
        const isStatus = message.header.msg_type === 'status';
        if (!isStatus || withStatus) onMessage?.(message);
        if (isStatus && message.content.execution_state === 'idle') resolve();
      });
    });
    await this.shell.send(frames);
    return { reply, idle };
  }

  /**
   * Sends a request and gives the content of the answer, when what belongs to it has been published.
   * @param onMessage gets what is published
   * @param withStatus whether it gets the kernel's status as well
   */
  async ask(
    type: string,
    content: Record<string, unknown>,
    onMessage?: (message: JupyterMessage) => void,
    withStatus = false,
  ): Promise<Record<string, unknown>> {
    const { reply, idle } = await this.request(type, content, onMessage, withStatus);
    const answer = await Promise.race([reply, this.exited]);
    if (typeof answer === 'string') throw new Error(answer);
    if (onMessage) await Promise.race([idle, this.exited, this.quiet()]);
    return answer.content;
  }

  /** Sends something that has no answer. */
  async tell(
    type: string,
    content: Record<string, unknown>,
    onMessage?: (message: JupyterMessage) => void,
  ): Promise<void> {
    await this.request(type, content, onMessage);
  }

  private async send(type: string, content: Record<string, unknown>): Promise<void> {
    await this.shell.send(encodeMessage(this.connection.key, this.session, type, content).frames);
  }

  private async receive(socket: Dealer | Subscriber, handle: (message: JupyterMessage) => void): Promise<void> {
    for await (const frames of socket) {
      let message: JupyterMessage;
      try {
        message = decodeMessage(this.connection.key, frames);
      } catch {
        continue; // not from our kernel
      }
      handle(message);
    }
  }

  private async quiet(): Promise<void> {
    this.lastOutputAt = performance.now();
    for (;;) {
      const left = this.lastOutputAt + QUIET_MS - performance.now();
      if (left <= 0) return;
      await sleep(left, undefined, { ref: false });
    }
  }
}
