#!/usr/bin/env node
/**
 * The program of the package: modulab COMMAND [arguments]. In a clone: npm run modulab -- COMMAND [arguments].
 */
import { requirePackages } from '../../lib/run/installation/optional-package.js';
import { packageVersion } from '../../lib/run/package-version.js';
import { type Action, runCommand, runEntry, UsageError } from './run-command.js';
import type { CommandEntry } from './table/command-entry.js';
import { COMMANDS } from './table/commands.js';
import { ENTRIES } from './table/entries.js';
import { overviewText } from './table/usage-text.js';

const overview = (): string => overviewText(ENTRIES, packageVersion());

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS.find(({ entry }) => entry.name === name);
if (command) {
  const { entry, load, packages = [] } = command;
  const action: Action<CommandEntry> = async (given, interrupts) => {
    requirePackages({ what: `modulab ${entry.name}`, packages });
    return ((await load()) as Action<CommandEntry>)(given, interrupts);
  };
  runEntry(entry, action, { call: `modulab ${entry.name}`, args });
} else {
  runCommand({
    usage: overview(),
    options: { version: { type: 'boolean' } },
    run({ values: { version }, positionals }) {
      if (version) console.log(packageVersion());
      else if (positionals.length === 0) console.log(overview());
      else throw new UsageError(`modulab has no command '${positionals[0]}'.`);
    },
  });
}
