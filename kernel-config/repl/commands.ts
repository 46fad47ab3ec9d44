import fs from 'node:fs';
import path from 'node:path';
import { homeFolder } from '../session/home-folder.js';

/** What the commands act on. */
export interface CommandScope {
  readonly say: (text: string) => void;
  /** Runs an input as if it had been typed. */
  readonly run: (code: string) => Promise<void>;
  /** Reads a block: Enter goes on, Ctrl-D ends it; null when it was cancelled. */
  readonly readBlock: () => Promise<string | null>;
  readonly typeOf: (expression: string) => Promise<string>;
  /** The inputs that ran without an error. */
  readonly inputs: readonly string[];
  readonly figuresAddress: () => Promise<string>;
  readonly leave: () => void;
}

interface Command {
  readonly argument?: string;
  readonly help: string;
  run(argument: string, scope: CommandScope): void | Promise<void>;
}

const KEYS = `Enter runs what is complete and goes on with what is not; Alt-Enter makes a line in any case.
Tab completes, Up and Down go through the history (those that begin with what is typed), Ctrl-R searches it.
Ctrl-C drops the line, or stops what is running; Ctrl-D ends.`;

export const COMMANDS: Readonly<Record<string, Command>> = {
  help: {
    help: 'shows this',
    run(_, { say }) {
      const rows = Object.entries(COMMANDS).map(
        ([name, { argument, help }]) => [`.${name}${argument ? ` ${argument}` : ''}`, help] as const,
      );
      const width = Math.max(...rows.map(([{ length }]) => length)) + 2;
      const lines = rows.map(([name, help]) => name.padEnd(width) + help);
      say(`${lines.join('\n')}\n\n${KEYS}`);
    },
  },
  type: {
    argument: 'EXPRESSION',
    help: 'shows its type, and what is written about it',
    async run(expression, { say, typeOf }) {
      say(expression === '' ? 'Expected an expression: .type EXPRESSION' : await typeOf(expression));
    },
  },
  editor: {
    help: 'takes a block of lines; Ctrl-D runs it, Ctrl-C drops it',
    async run(_, scope) {
      scope.say('Ctrl-D runs the block, Ctrl-C drops it.');
      const code = await scope.readBlock();
      if (code !== null && code.trim() !== '') await scope.run(code);
    },
  },
  load: {
    argument: 'FILE',
    help: 'runs a file of TypeScript as one input',
    async run(file, scope) {
      const code = withFile(file, scope, (name) => fs.readFileSync(name, 'utf8'));
      if (code !== null) await scope.run(code);
    },
  },
  save: {
    argument: 'FILE',
    help: 'writes the inputs of this session that ran without an error to a new file',
    run(file, scope) {
      const content = `${scope.inputs.join('\n')}\n`;
      const saved = withFile(file, scope, (name) => {
        fs.writeFileSync(name, content, { flag: 'wx' });
        return name;
      });
      if (saved !== null) scope.say(`Saved ${scope.inputs.length} inputs: ${saved}`);
    },
  },
  figures: {
    help: 'gives an address of the page with the figures, and opens it where there is a browser',
    async run(_, { say, figuresAddress }) {
      say(`${await figuresAddress()}\n(opens the page in one browser on this machine, once; .figures gives another)`);
    },
  },
  exit: { help: 'ends, as Ctrl-D does', run: (_, { leave }) => leave() },
};

/** Runs a line that begins with a dot and a command's name. Gives false for other lines. */
export async function runCommand(line: string, scope: CommandScope): Promise<boolean> {
  const [, name, argument] = /^\s*\.([a-z]+)(?:\s+([\s\S]*))?$/i.exec(line) ?? [];
  if (name === undefined) return false;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) scope.say(`There is no command .${name}; .help shows those there are.`);
  else await command.run((argument ?? '').trim(), scope);
  return true;
}

function withFile<T>(given: string, { say }: CommandScope, use: (file: string) => T): T | null {
  if (given === '') {
    say('Expected the name of a file.');
    return null;
  }
  const home = homeFolder();
  const file = path.resolve(home !== null ? given.replace(/^~(?=\/|$)/, home) : given);
  try {
    return use(file);
  } catch (error) {
    say((error as Error).message);
    return null;
  }
}
