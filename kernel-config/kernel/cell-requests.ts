import type { Outcome } from '../session/outcome.js';
import type { Session } from '../session/session.js';
import { type MimeBundle, ownBundle } from '../session/values/shown-value.js';
import { valueText } from '../session/values/value-text.js';
import { CellHistory } from './cell-history.js';
import { CellQueue } from './cell-queue.js';
import { CellText } from './cell-text.js';
import type { WriteDisplayData } from './tslab-display.js';

/** Sends a message of the running cell to the front ends. */
export type Publish = (type: string, content: Record<string, unknown>) => void;

/** Jupyter's `execute_request`; what is missing has Jupyter's defaults. */
export interface ExecuteRequest {
  readonly code: string;
  readonly silent?: boolean;
  readonly store_history?: boolean;
  readonly user_expressions?: Readonly<Record<string, string>>;
  readonly allow_stdin?: boolean;
  /** Front ends say false for a cell with the tag 'raises-exception'. */
  readonly stop_on_error?: boolean;
}

/** The cell that runs, or ran last: what it leaves running writes below it. */
export interface CurrentCell {
  readonly request: ExecuteRequest;
  readonly publish: Publish;
}

export interface CellHost {
  readonly session: Session;
  /** Where tslab's `display`, and modulab, send what is shown. */
  readonly setDisplayChannel: (write: WriteDisplayData) => void;
  /** Something was written on stdout that does not end a line. */
  readonly onQuestion: () => void;
  /** Another cell begins. */
  readonly onCell: (cell: CurrentCell) => void;
}

/** Runs cells one after the other, and tells the front ends what comes of them. */
export class CellRequests {
  readonly history = new CellHistory();
  private readonly queue = new CellQueue();
  private count = 0;

  constructor(private readonly host: CellHost) {}

  /**
   * @param onTurn called when those before it have run
   * @returns the content of the reply
   */
  async execute(request: ExecuteRequest, send: Publish, onTurn: () => void): Promise<Record<string, unknown>> {
    const { silent = false } = request;
    const publish: Publish = silent ? () => undefined : send;
    let reply: Record<string, unknown> = {};
    const run = async () => {
      onTurn();
      reply = await this.run(request, publish);
      return reply.status === 'ok';
    };
    const status = await this.queue.add(run, request.stop_on_error !== false);
    return status === 'aborted' ? { status, execution_count: this.count } : reply;
  }

  /** Begins anew: nothing of what was declared is known, and cells count from 1. */
  async reset(): Promise<void> {
    await this.host.session.reset();
    this.history.clear();
    this.count = 0;
  }

  private async run(request: ExecuteRequest, publish: Publish): Promise<Record<string, unknown>> {
    const { code, silent = false, store_history: stored = !silent, user_expressions: expressions = {} } = request;
    const { session } = this.host;
    const counts = stored && !silent;
    if (counts) this.count++;
    const number = this.count;
    publish('execute_input', { code, execution_count: number });
    const text = new CellText((name, written) => publish('stream', { name, text: written }));
    this.attach(request, publish, text);
    if (counts) this.history.add(number, code);
    const outcome: Outcome =
      code.trim() === '' ? { kind: 'value', value: undefined } : await session.evaluate(code, number);
    text.flush();
    if (outcome.kind === 'help') publish('stream', { name: 'stdout', text: `${outcome.text}\n` });
    else if (outcome.kind === 'value') await this.showValue(outcome.value, number, counts, publish, text);
    else {
      const failure = { ...outcome.failure };
      publish('error', failure);
      return { status: 'error', execution_count: number, ...failure };
    }
    // Front ends with a pager show it there as well.
    const payload = outcome.kind === 'help' ? [{ source: 'page', data: { 'text/plain': outcome.text }, start: 0 }] : [];
    const values: Record<string, unknown> = {};
    for (const [name, expression] of Object.entries(expressions)) values[name] = await this.valueOf(expression, number);
    return { status: 'ok', execution_count: number, user_expressions: values, payload };
  }

  /** From now on, what is written and displayed belongs to this cell. */
  private attach(request: ExecuteRequest, publish: Publish, text: CellText): void {
    const { onQuestion, onCell, setDisplayChannel } = this.host;
    onCell({ request, publish });
    const out = text.writer('stdout');
    process.stdout.write = (chunk: string | Uint8Array, ...rest: []) => {
      if (!String(chunk).endsWith('\n')) onQuestion();
      return out(chunk, ...rest);
    };
    process.stderr.write = text.writer('stderr');
    console.clear = () => {
      text.flush();
      publish('clear_output', { wait: false });
    };
    setDisplayChannel(({ data, metadata = {}, transient = {} }, update) => {
      text.flush();
      publish(update ? 'update_display_data' : 'display_data', { data, metadata, transient });
    });
  }

  private async showValue(
    value: unknown,
    number: number,
    counts: boolean,
    publish: Publish,
    text: CellText,
  ): Promise<void> {
    if (value === undefined || value === null) return;
    const data = await this.bundleOf(value);
    text.flush(); // what a value has written while it was asked how to show it
    const plain = data['text/plain'];
    if (counts && typeof plain === 'string') this.history.setOutput(number, plain);
    publish('execute_result', { execution_count: number, data, metadata: {} });
  }

  private async bundleOf(value: unknown): Promise<MimeBundle> {
    try {
      const shown = this.host.session.shownAs(value);
      return (await ownBundle(shown)) ?? { 'text/plain': plainText(shown) };
    } catch (error) {
      return { 'text/plain': `(It cannot be shown: ${this.host.session.failureOf(error).traceback[0]})` };
    }
  }

  private async valueOf(expression: string, number: number): Promise<Record<string, unknown>> {
    const outcome = await this.host.session.evaluate(expression, number);
    if (outcome.kind === 'value') {
      const data = outcome.value === undefined ? { 'text/plain': 'undefined' } : await this.bundleOf(outcome.value);
      return { status: 'ok', data, metadata: {} };
    }
    if (outcome.kind === 'help') return { status: 'ok', data: { 'text/plain': outcome.text }, metadata: {} };
    return { status: 'error', ...outcome.failure };
  }
}

const plainText = (value: unknown): string => (typeof value === 'string' ? value : valueText(value));
