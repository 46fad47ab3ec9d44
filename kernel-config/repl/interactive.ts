import { setDisplayTarget } from '../../lib/run/display-target.js';
import { packageVersion } from '../../lib/run/package-version.js';
import type { Outcome } from '../session/outcome.js';
import type { Session } from '../session/session.js';
import { COMMANDS, type CommandScope, runCommand } from './commands.js';
import { HistoryFile, stateFolder } from './history-file.js';
import { KeyQueue } from './key-queue.js';
import { LineEditor } from './line-editor.js';
import { OutputGuard } from './output-guard.js';
import { FigureDisplay } from './show-figures.js';
import { showValue } from './show-value.js';

/** After the prompt is there, the library is loaded before anything is asked of it. */
const LIBRARY_AFTER_MS = 50;

/** Reads inputs from the terminal and shows what comes of them, until Ctrl-D or `.exit`. */
export async function runInteractively(session: Session): Promise<void> {
  const { stdin, stdout } = process;
  const guard = new OutputGuard([stdout, process.stderr]);
  const colours = stdout.hasColors?.() ?? false;
  const history = new HistoryFile(stateFolder());
  const figures = new FigureDisplay(() => stdout.columns || 80);
  setDisplayTarget(figures.show);
  const keys = new KeyQueue(stdin);
  const screen = {
    write: guard.direct,
    get columns() {
      return stdout.columns;
    },
    get rows() {
      return stdout.rows;
    },
  };
  const editor = new LineEditor(keys, screen, {
    history: history.entries,
    interrupt: () => session.interrupt(),
    isComplete: (text) => session.isComplete(text),
    complete: async (text, cursor) => commandNames(text, cursor) ?? (await session.complete(text, cursor)),
  });
  const read = async (options: { block?: boolean } = {}) => {
    guard.endLine();
    guard.around((write) => editor.aside(write));
    try {
      return await editor.read(options);
    } finally {
      guard.around(null);
    }
  };
  stdout.on('resize', () => editor.aside(() => undefined));
  process.on('exit', () => {
    keys.rest();
    guard.direct('\x1b[?2004l');
    figures.close();
  });
  process.on('SIGTERM', () => process.exit(143)); // leaves the terminal as it was

  let goOn = true;
  const told = (error: unknown) => session.failureOf(error).traceback.join('\n');
  const say = (text: string) => console.log(text);
  const run = async (code: string) => {
    const interrupt = () => {
      keys.drop();
      session.interrupt();
    };
    process.on('SIGINT', interrupt);
    try {
      showOutcome(await session.evaluate(code), session, guard, colours);
    } finally {
      process.off('SIGINT', interrupt);
    }
  };
  const scope: CommandScope = {
    say,
    run,
    readBlock: async () => {
      const result = await read({ block: true });
      if (result.kind !== 'text') return null;
      history.add(result.text);
      return result.text;
    },
    typeOf: (expression) => session.typeOf(expression),
    get inputs() {
      return session.inputs;
    },
    figuresAddress: () => figures.address(),
    leave: () => (goOn = false),
  };
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => console.error(`Not waited for: ${told(error)}`));
  }
  // Between inputs, and while the prompt has the terminal, the signal means nothing.
  process.on('SIGINT', () => undefined);

  say(`modulab ${packageVersion()}, TypeScript: everything of modulab is in scope. .help helps, Ctrl-D ends.`);
  void session.prepare().catch((error: unknown) => console.error(told(error)));
  setTimeout(() => session.loadLibrary(), LIBRARY_AFTER_MS).unref();
  while (goOn) {
    const result = await read();
    if (result.kind === 'end') break;
    if (result.kind === 'cancelled' || result.text.trim() === '') continue;
    history.add(result.text);
    try {
      if (!(await runCommand(result.text, scope))) await run(result.text);
    } catch (error) {
      console.error(told(error));
    }
  }
}

function showOutcome(outcome: Outcome, session: Session, guard: OutputGuard, colours: boolean): void {
  guard.endLine();
  switch (outcome.kind) {
    case 'value':
      showValue(outcome.value, session, colours);
      return;
    case 'help':
      console.log(outcome.text);
      return;
    default:
      console.error(outcome.failure.traceback.join('\n'));
  }
}

/** Completions of a command at the beginning of the input; null elsewhere. */
function commandNames(text: string, cursor: number): { start: number; end: number; names: string[] } | null {
  const [, typed] = /^\.([a-z]*)$/.exec(text.slice(0, cursor)) ?? [];
  if (typed === undefined) return null;
  const names = Object.keys(COMMANDS).filter((name) => name.startsWith(typed));
  return { start: 1, end: cursor, names: names.length === 1 ? [`${names[0]} `] : names };
}
