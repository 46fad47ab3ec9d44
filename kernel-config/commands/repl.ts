/**
 * A TypeScript prompt with modulab in scope.
 *   npm run repl
 *   npm run --silent repl < FILE    runs the file's statements; exit code 1 after an error
 */
import { ModulabError } from '../../lib/errors.js';
import { addProjectPackages } from '../session/project-modules.js';
import { projectRoot } from '../session/project-root.js';
import { runInteractively } from '../repl/interactive.js';
import { runScript } from '../repl/run-script.js';
import { Session } from '../repl/session.js';

const USAGE = `Usage: npm run repl                        a TypeScript prompt with modulab in scope
       npm run --silent repl < FILE        runs the file's statements; exit code 1 after an error`;

async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    console.error(USAGE);
    return args.includes('--help') ? 0 : 1;
  }
  addProjectPackages(projectRoot);
  const session = new Session(process.cwd());
  if (!process.stdin.isTTY || !process.stdout.isTTY) return runScript(session, process.stdin);
  await runInteractively(session);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof ModulabError ? error.message : error);
    process.exit(1);
  },
);
