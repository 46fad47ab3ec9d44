import os from 'node:os';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { InterruptedError, ModulabError, OptionError } from '../../lib/errors.js';
import type { CommandEntry } from './table/command-entry.js';
import { usageText } from './table/usage-text.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Given<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** One npm script. Its exit code is 0 when all went well, 1 after a failure, 2 for a wrong call, 130 after Ctrl-C (143 after SIGTERM, 129 after SIGHUP). */
export interface Command<O extends Options> {
  /** What `--help` prints: 'Usage: npm run NAME -- …', then a line for every option. */
  readonly usage: string;
  /** As `util.parseArgs` takes them; `--help` is added. */
  readonly options: O;
  /**
   * Does the work. Nothing or true means that all went well.
   * @throws UsageError for a call that makes no sense
   */
  run(given: Given<O>, interrupts: Interrupts): Promise<boolean | void> | boolean | void;
}

/** What a command does about Ctrl-C. Unless it asks for it, Ctrl-C ends the process as it does by default. */
export interface Interrupts {
  /** From now on the first Ctrl-C fires this signal, so that work can end well, and the second one ends the process. */
  heed(): AbortSignal;
  /** Leaves Ctrl-C to others from now on. */
  ignore(): void;
}

/** What a command of the table does. */
export type Action<Entry extends CommandEntry> = Command<OptionsOf<Entry>>['run'];

type OptionsOf<Entry extends CommandEntry> = {
  readonly [Name in keyof Entry['options']]: Pick<
    Entry['options'][Name],
    'type' | Extract<keyof Entry['options'][Name], 'default'>
  >;
};

/** Runs a command of the table for this process: {@link runCommand}, with the usage that the table says. */
export function runEntry<Entry extends CommandEntry>(
  entry: Entry,
  action: Action<Entry>,
  { call = `npm run ${entry.name} --`, args = process.argv.slice(2) }: { call?: string; args?: readonly string[] } = {},
): void {
  const options = entry.options as unknown as OptionsOf<Entry> & Options;
  const run = action;
  const checked: typeof run = (given, interrupts) => {
    requireChoices(entry, given.values);
    return run(given, interrupts);
  };
  runCommand({ usage: usageText(entry, call), options, run: checked }, args);
}

/** @throws UsageError when an option has a value that is none of its choices */
function requireChoices(entry: CommandEntry, values: Readonly<Record<string, unknown>>): void {
  for (const [name, { choices }] of Object.entries(entry.options)) {
    const value = values[name];
    if (choices && typeof value === 'string' && !choices.includes(value)) {
      throw new UsageError(`--${name}: expected ${choices.join(', ')}, got '${value}'.`);
    }
  }
}

/** A call that makes no sense: the usage is printed with the message. */
export class UsageError extends OptionError {}

/** Runs the command that this process was started for, with its arguments, and ends the process with the command's exit code. */
export function runCommand<O extends Options>(
  command: Command<O>,
  args: readonly string[] = process.argv.slice(2),
): void {
  const signals = listenForSignals();
  void attempt(command, args, signals).then((code) => {
    // The empty write calls back once all that came before is out; open handles of a library must not keep the process.
    process.stdout.write('', () => process.exit(signals.received() ?? code));
  });
}

async function attempt<O extends Options>(
  command: Command<O>,
  args: readonly string[],
  interrupts: Interrupts,
): Promise<number> {
  try {
    const given = readArguments(command, args);
    if (given === 'help') {
      console.log(command.usage);
      return 0;
    }
    return (await command.run(given, interrupts)) === false ? 1 : 0;
  } catch (error) {
    console.error(error instanceof ModulabError ? error.message : error);
    if (error instanceof UsageError) console.error(command.usage);
    if (error instanceof InterruptedError) return 130;
    return error instanceof OptionError ? 2 : 1;
  }
}

function readArguments<O extends Options>({ options }: Command<O>, args: readonly string[]): Given<O> | 'help' {
  const help = { type: 'boolean', short: 'h' } as const;
  try {
    const given = parseArgs({ args: [...args], allowPositionals: true, options: { ...options, help } });
    return (given.values as { help?: boolean }).help === true ? 'help' : given;
  } catch (error) {
    // Node goes on with advice that fits no command here.
    const message = (error as Error).message.replace(/\. To specify a positional .*$/s, '.');
    throw new UsageError(message, { cause: error });
  }
}

/** A signal to the whole process group comes twice: by itself, and passed on by the set-up. */
const SAME_SIGNAL_MS = 500;

function listenForSignals(): Interrupts & { received(): number | undefined } {
  const controller = new AbortController();
  let code: number | undefined;
  let first = -Infinity;
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const listener = () => {
      code = 128 + os.constants.signals[signal]; // as a shell reports it
      if (controller.signal.aborted && performance.now() - first < SAME_SIGNAL_MS) return;
      if (controller.signal.aborted) process.exit(code);
      first = performance.now();
      controller.abort();
    };
    return [signal, listener] as const;
  });
  return {
    heed() {
      for (const [signal, listener] of listeners) process.on(signal, listener);
      return controller.signal;
    },
    ignore() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
    received: () => code,
  };
}

/** A number of seconds above 0 as milliseconds. @throws UsageError for anything else */
export function millisecondsOf(option: string, seconds: string): number {
  const value = Number(seconds);
  if (!(value > 0)) throw new UsageError(`--${option}: expected seconds above 0, got '${seconds}'.`);
  return 1000 * value;
}

/** @throws UsageError when words follow that the command has no use for */
export function requireNothing(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`Expected options only, got '${positionals.join(' ')}'.`);
}
