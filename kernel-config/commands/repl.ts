/**
 * A TypeScript prompt with modulab in scope.
 *   npm run repl
 *   npm run --silent repl < FILE    runs the file's statements; exit code 1 after an error
 */
import { runInteractively } from '../repl/interactive.js';
import { runScript } from '../repl/run-script.js';
import { addProjectPackages } from '../session/project-modules.js';
import { projectRoot } from '../session/project-root.js';
import { Session } from '../session/session.js';
import { type Action, requireNothing, runEntry } from './run-command.js';
import { replEntry } from './table/tools.js';

/** modulab repl, npm run repl */
export const repl: Action<typeof replEntry> = async ({ positionals }) => {
  requireNothing(positionals);
  addProjectPackages(projectRoot);
  const session = new Session(process.cwd(), { libraryInScope: true });
  if (!process.stdin.isTTY || !process.stdout.isTTY) return (await runScript(session, process.stdin)) === 0;
  await runInteractively(session);
  return true;
};

if (require.main === module) runEntry(replEntry, repl);
