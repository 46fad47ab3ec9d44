/** An option, as `util.parseArgs` takes it, and in words. */
export interface OptionEntry {
  readonly type: 'string' | 'boolean';
  readonly default?: string;
  /** What stands for its value in the help: 'FOLDER'. Only with a string. */
  readonly value?: string;
  /** The values that there are, where they are few. */
  readonly choices?: readonly string[];
  readonly help: string;
}

/** One command, without what it does: its help, the completion in a shell and the reading of its arguments are made of this. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name: 'MODEL IMAGES'. */
  readonly takes: string;
  /** What the words of `takes` are, or the actions that there are: word, then what it means. */
  readonly words: Readonly<Record<string, string>>;
  /** The first words that the shell completes; files otherwise. */
  readonly actions?: readonly string[];
  readonly options: Readonly<Record<string, OptionEntry>>;
  /** What follows the name, and what that does. */
  readonly examples: readonly (readonly [args: string, does: string])[];
  /** What is to be said besides. */
  readonly notes?: string;
}
