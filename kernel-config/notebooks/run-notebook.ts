import os from 'node:os';
import path from 'node:path';
import { printableText } from '../../lib/printable.js';
import type { JupyterMessage } from '../kernel/jupyter-message.js';
import { KernelProcess } from '../kernel/kernel-process.js';
import { homeFolder } from '../session/home-folder.js';
import { projectRoot } from '../session/project-root.js';
import {
  type CellOutput,
  cleanNotebook,
  joinText,
  type MimeBundle,
  type Notebook,
  type NotebookCell,
  readNotebook,
  writeNotebook,
} from './notebook.js';

export interface RunNotebookOptions {
  /** Where to write the executed notebook; nowhere by default. On a failure it gets what is finished. */
  outFile?: string;
  /** Called when a cell starts, writes and ends. */
  onCell?: (event: CellEvent) => void;
  /** Longest time for one cell in milliseconds; no limit by default. A cell over it is interrupted and fails. */
  timeoutMs?: number;
  /** Environment variables for the kernel, added to this process's. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Folder the kernel runs in; the notebook's by default, as in Jupyter. */
  cwd?: string;
  /**
   * A kernel that runs already, in its own folder: the notebook gets a new session of it, and it stays open unless a cell has to be
   * ended by force. By default the notebook has a kernel of its own.
   */
  kernel?: KernelProcess;
  /** Interrupts the running cell and ends the run. */
  signal?: AbortSignal;
  /** Leave times of execution and folders of this machine out of the result. */
  clean?: boolean;
}

export type CellStatus = 'ok' | 'error' | 'timeout' | 'interrupted' | 'kernel ended';

/** One executed code cell. */
export interface CellResult {
  /** Place among the notebook's code cells that have code, from 1. */
  number: number;
  /** How many of them there are. */
  total: number;
  /** The heading that the cell stands under; its first line of code where there is none. */
  title: string;
  firstLine: string;
  status: CellStatus;
  ms: number;
  /** What went wrong, in the kernel's words; only where the status is not 'ok'. */
  error?: string;
  /** Whether the cell may fail, by its tag 'raises-exception': the run goes on behind its error. */
  mayFail?: true;
}

export type CellEvent =
  | { type: 'start'; number: number; total: number; title: string; firstLine: string }
  | { type: 'output'; lastLine: string }
  | { type: 'end'; result: CellResult };

export interface NotebookRun {
  /** The notebook with the outputs of the cells that ran. */
  notebook: Notebook;
  cells: CellResult[];
  ok: boolean;
  /** Which cell failed and why; null where none did. */
  failure: string | null;
  /** Spawn of the kernel, or the wish for a new session, to its first answer. */
  kernelStartMs: number;
  /** Spawn of the kernel to the end of the first cell. */
  firstResultMs: number | null;
}

const INTERRUPT_GRACE_MS = 5000;
/** What no cell waits for is told on stderr, below a cell that may have ended well. */
const UNCAUGHT = /^(UncaughtException|UnhandledPromiseRejection):/m;

/**
 * Executes the code cells of a notebook in order, in a kernel of its own or a new session of one, up to the first that fails. A cell with the tag
 * 'raises-exception' may fail.
 * @throws DataError when the file is no notebook; Error when the kernel does not start
 */
export async function runNotebook(inFile: string, options: RunNotebookOptions = {}): Promise<NotebookRun> {
  const notebook = readNotebook(inFile);
  const startedAt = performance.now();
  const kernel =
    options.kernel ??
    (await KernelProcess.start({ cwd: options.cwd ?? path.dirname(path.resolve(inFile)), env: options.env }));
  await options.kernel?.newSession(options.env);
  const kernelStartMs = performance.now() - startedAt;

  for (const cell of notebook.cells) {
    if (cell.cell_type === 'code') Object.assign(cell, { execution_count: null, outputs: [] });
  }
  notebook.metadata = {
    ...notebook.metadata,
    kernelspec: { name: 'modulab', display_name: 'TypeScript (modulab)', language: 'typescript' },
    language_info: kernel.languageInfo,
  };
  const codeCells = notebook.cells.filter((cell) => cell.cell_type === 'code' && joinText(cell.source).trim() !== '');
  const displays = new Map<string, CellOutput>();
  const cells: CellResult[] = [];
  let firstResultMs: number | null = null;
  try {
    for (const [i, cell] of codeCells.entries()) {
      const place = {
        number: i + 1,
        total: codeCells.length,
        title: sectionOf(notebook, cell),
        firstLine: firstLine(cell),
      };
      options.onCell?.({ type: 'start', ...place });
      const result: CellResult = { ...place, ...(await runCell(kernel, cell, displays, options)) };
      cells.push(result);
      firstResultMs ??= performance.now() - startedAt;
      options.onCell?.({ type: 'end', result });
      if (isFailure(result)) break;
    }
  } finally {
    if (!options.kernel) await kernel.shutdown();
  }
  const bad = cells.find(isFailure);
  const run: NotebookRun = {
    notebook: options.clean ? cleanNotebook(notebook, machineFolders()) : notebook,
    cells,
    ok: !bad,
    failure: bad ? describeFailure(inFile, bad) : null,
    kernelStartMs,
    firstResultMs,
  };
  if (options.outFile) writeNotebook(options.outFile, run.notebook);
  return run;
}

/** Not a failure: success, and an error where the cell's tag allows it. */
const isFailure = ({ status, mayFail }: CellResult): boolean =>
  status !== 'ok' && !(status === 'error' && mayFail === true);

/** As Jupyter's front ends and nbclient understand it. */
function mayFail({ metadata }: NotebookCell): boolean {
  const { tags } = metadata as { tags?: unknown };
  return Array.isArray(tags) && tags.includes('raises-exception');
}

/** Folders of this machine and what stands for each in a clean notebook. A folder as short as '/' is part of any path. */
function machineFolders(): Record<string, string> {
  const folders: [string | null, string][] = [
    [homeFolder(), '~'],
    [os.tmpdir(), '<tmp>'],
    [projectRoot, '.'],
  ];
  return Object.fromEntries(folders.filter(([folder]) => folder !== null && folder.length > 2)) as Record<
    string,
    string
  >;
}

async function runCell(
  kernel: KernelProcess,
  cell: NotebookCell,
  displays: Map<string, CellOutput>,
  { timeoutMs, signal, onCell }: RunNotebookOptions,
): Promise<Pick<CellResult, 'status' | 'ms' | 'error' | 'mayFail'>> {
  if (signal?.aborted) return { status: 'interrupted', ms: 0 };
  const outputs = (cell.outputs = []) as CellOutput[];
  const startedAt = performance.now();
  let stopped: 'timeout' | 'interrupted' | null = null;
  const timers: NodeJS.Timeout[] = [];
  const stop = (why: 'timeout' | 'interrupted') => {
    stopped ??= why;
    kernel.interrupt();
    timers.push(setTimeout(() => void kernel.kill(), INTERRUPT_GRACE_MS));
  };
  const onAbort = () => stop('interrupted');
  if (timeoutMs) timers.push(setTimeout(() => stop('timeout'), timeoutMs));
  signal?.addEventListener('abort', onAbort, { once: true });

  const allowed = mayFail(cell) ? { mayFail: true as const } : {};
  const onMessage = (message: JupyterMessage) => {
    const lastLine = addOutput(outputs, displays, message);
    if (lastLine) onCell?.({ type: 'output', lastLine });
  };
  const reply = await kernel.execute(joinText(cell.source), onMessage, { stopOnError: !allowed.mayFail });
  timers.forEach(clearTimeout);
  signal?.removeEventListener('abort', onAbort);

  const ms = performance.now() - startedAt;
  cell.execution_count = reply?.executionCount ?? null;
  const stderr = outputs.flatMap((o) => (o.output_type === 'stream' && o.name === 'stderr' ? joinText(o.text) : []));
  const raised = outputs.flatMap((o) => (o.output_type === 'error' ? o.traceback.join('\n') : []));
  const error = [...stderr, ...raised].join('').trim();
  if (stopped === 'timeout')
    return { status: 'timeout', ms, error: `It ran longer than ${(timeoutMs ?? 0) / 1000} s.` };
  if (stopped) return { status: stopped, ms };
  if (!reply) return { status: 'kernel ended', ms, error: kernel.exitReason ?? undefined };
  if (reply.status !== 'ok' || UNCAUGHT.test(error)) return { status: 'error', ms, error, ...allowed };
  return { status: 'ok', ms };
}

/** Adds what the kernel sent to the cell's outputs. Returns the last line of it that can be shown in a terminal. */
function addOutput(
  outputs: CellOutput[],
  displays: Map<string, CellOutput>,
  { header, content }: JupyterMessage,
): string | undefined {
  if (header.msg_type === 'clear_output') {
    outputs.length = 0;
    return undefined;
  }
  if (header.msg_type === 'stream') {
    const { name, text } = content as { name: 'stdout' | 'stderr'; text: string };
    const last = outputs.at(-1);
    if (last?.output_type === 'stream' && last.name === name) last.text = joinText(last.text) + text;
    else outputs.push({ output_type: 'stream', name, text });
    return lastLineOf(text);
  }
  if (header.msg_type === 'error') {
    const { ename, evalue, traceback } = content as { ename: string; evalue: string; traceback: string[] };
    outputs.push({ output_type: 'error', ename, evalue, traceback });
    return undefined;
  }
  if (!['display_data', 'update_display_data', 'execute_result'].includes(header.msg_type)) return undefined;
  const {
    data,
    metadata = {},
    transient,
    execution_count = null,
  } = content as {
    data: MimeBundle;
    metadata?: Record<string, unknown>;
    transient?: { display_id?: string };
    execution_count?: number;
  };
  const id = transient?.display_id;
  const shown = id === undefined ? undefined : displays.get(id);
  if (header.msg_type === 'execute_result') {
    outputs.push({ output_type: 'execute_result', data, metadata, execution_count });
  } else if (header.msg_type === 'update_display_data') {
    if (shown) Object.assign(shown, { data, metadata });
  } else {
    const output: CellOutput = { output_type: 'display_data', data, metadata };
    outputs.push(output);
    if (id !== undefined) displays.set(id, output);
  }
  const plain = data['text/plain'];
  return typeof plain === 'string' ? lastLineOf(plain) : undefined;
}

function lastLineOf(text: string): string | undefined {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.at(-1);
}

/** The heading that a cell stands under, without its marks; the cell's first line where there is none. */
function sectionOf(notebook: Notebook, cell: NotebookCell): string {
  const above = notebook.cells.slice(0, notebook.cells.indexOf(cell)).filter((each) => each.cell_type === 'markdown');
  const headings = above.flatMap((each) => joinText(each.source).match(/^#{1,6} .+$/gm) ?? []);
  return headings.at(-1)?.replace(/^#+ /, '').trim() ?? firstLine(cell);
}

function firstLine(cell: NotebookCell): string {
  return joinText(cell.source).trim().replace(/\n.*/s, '').trim();
}

function describeFailure(file: string, { number, total, firstLine, status, error }: CellResult): string {
  const what = { error: 'failed', timeout: 'took too long', interrupted: 'was interrupted', 'kernel ended': 'failed' };
  const head = `${path.basename(file)}: cell ${number} of ${total} ${what[status as keyof typeof what]}: ${firstLine}`;
  return printableText(error ? `${head}\n${error.replace(/^/gm, '  ')}` : head);
}
