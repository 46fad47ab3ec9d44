import type { CommandEntry, OptionEntry } from './command-entry.js';

const WIDTH = 100;

/**
 * What `--help` prints for a command.
 * @param call how it is called here: 'modulab data', or 'npm run data --'
 */
export function usageText(entry: CommandEntry, call: string): string {
  const { summary, takes, words, options, examples, notes } = entry;
  const optionRows = Object.entries(options).map(
    ([name, option]) => [optionName(name, option), optionHelp(option)] as const,
  );
  const wordRows = Object.entries(words);
  const left = Math.max(...[...wordRows, ...optionRows].map(([name]) => name.length), 0) + 2;
  const rows = (list: readonly (readonly [string, string])[]) => list.map(([name, help]) => row(name, help, left));
  const sections = [
    [
      `Usage: ${[call, takes, optionRows.length > 0 ? '[options]' : ''].filter(Boolean).join(' ')}`,
      ...wrapped(summary, 2),
    ],
    rows(wordRows),
    rows(optionRows),
    examples.length > 0 ? ['Examples:', ...examples.map(([args, does]) => example(`${call} ${args}`, does))] : [],
    notes === undefined ? [] : wrapped(notes, 0),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** What `modulab --help` prints. */
export function overviewText(entries: readonly CommandEntry[], version: string): string {
  const left = Math.max(...entries.map(({ name }) => name.length)) + 2;
  return [
    `Usage: modulab COMMAND [arguments]\n  Takes CNN image classifiers apart. Version ${version}.`,
    entries.map(({ name, summary }) => row(name, summary, left)).join('\n'),
    'modulab COMMAND --help says more of each, with examples. Exit codes: 0 done, 1 failed, 2 called wrongly, 130 stopped by\n' +
      'Ctrl-C. Progress goes to stderr. modulab completion bash|zsh prints what completes commands in a shell.',
  ].join('\n\n');
}

const optionName = (name: string, { value, choices }: OptionEntry): string =>
  [`--${name}`, choices?.join('|') ?? value].filter(Boolean).join(' ');

const optionHelp = ({ help, default: preset }: OptionEntry): string =>
  preset === undefined ? help : `${help} (default ${preset})`;

const example = (command: string, does: string): string => `  ${command}\n      ${does}`;

/** A name and what it means, beside it, or below it where it is long. */
function row(name: string, help: string, left: number): string {
  const column = Math.min(left, 26);
  const lines = wrapped(help, column + 2);
  if (name.length + 2 > column) return [`  ${name}`, ...lines].join('\n');
  return `  ${name.padEnd(column)}${lines.join('\n').trimStart()}`;
}

/** Text in lines of at most {@link WIDTH} characters, indented. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH - indent)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}
