import { type Action, UsageError } from '../run-command.js';
import { completionScript, SHELLS } from '../table/completion-script.js';
import { ENTRIES } from '../table/entries.js';
import type { completionEntry } from '../table/tools.js';

/** modulab completion */
export const completion: Action<typeof completionEntry> = ({ positionals: [name, ...extra] }) => {
  const shell = SHELLS.find((one) => one === name);
  if (!shell || extra.length > 0)
    throw new UsageError(`Expected ${SHELLS.join(' or ')}, got '${[name, ...extra].join(' ')}'.`);
  console.log(completionScript(shell, ENTRIES));
};
