/**
 * The workshop's notebooks. Participants' ones are made from the solutions.
 *   npm run workshop                  says how to open them, and offers to
 *   npm run workshop -- reset 2      part 2 as it was before anyone worked in it; the old one goes to out/
 *   npm run workshop -- build         all participants' notebooks, after a change of the solutions
 *   npm run workshop -- train         the two networks anew, after a change of their recipe
 */
import fs from 'node:fs';
import path from 'node:path';
import { openBackend } from '../../lib/backend/open-backend.js';
import { showProgress } from '../../lib/run/show-progress.js';
import { trainNetworks } from '../../lib/workshop/train-networks.js';
import { findJupyter, offerJupyter } from '../kernel/open-jupyter.js';
import { readNotebook, writeNotebook } from '../notebooks/notebook.js';
import { participantNotebook } from '../notebooks/workshop-notebook.js';
import { projectRoot } from '../session/project-root.js';
import { runCommand, UsageError } from './run-command.js';

const folder = path.join(projectRoot, 'notebooks', 'workshop');
const parts = fs
  .readdirSync(path.join(folder, 'solutions'))
  .filter((name) => name.endsWith('.ipynb'))
  .sort();
const relative = (file: string) => path.relative(process.cwd(), file);

function write(name: string): void {
  const target = path.join(folder, name);
  writeNotebook(target, participantNotebook(readNotebook(path.join(folder, 'solutions', name))));
  console.log(`Wrote ${relative(target)}`);
}

/** Keeps what a participant has done, under a name that is free. */
function putAside(name: string): void {
  const file = path.join(folder, name);
  if (!fs.existsSync(file)) return;
  const out = path.join(projectRoot, 'out', 'workshop');
  fs.mkdirSync(out, { recursive: true });
  const stem = path.parse(name).name;
  let aside = path.join(out, name);
  for (let i = 2; fs.existsSync(aside); i++) aside = path.join(out, `${stem}-${i}.ipynb`);
  fs.copyFileSync(file, aside);
  console.log(`Your version is kept as ${relative(aside)}`);
}

runCommand({
  usage: `Usage: npm run workshop [-- COMMAND]
  (nothing)    says how to open the workshop's notebooks, and offers to
  reset PART   part PART as it was before anyone worked in it; the old one goes to out/
  build        all participants' notebooks, after a change of the solutions
  train        the two networks anew, after a change of their recipe`,
  options: {},
  async run({ positionals: [command, ...args] }) {
    switch (command) {
      case undefined: {
        const first = path.join(folder, parts[0]!);
        console.log(`The workshop: ${parts.map((name) => relative(path.join(folder, name))).join(', ')}
  VS Code   open one of them, choose the kernel "TypeScript (modulab)"
  Jupyter   JUPYTER_PATH="$(npm run -s kernel -- path)" jupyter notebook ${relative(first)}
  neither   npm run notebook -- ${relative(first)}    (after each change; the result goes to out/)
The timetable for teachers is in ${relative(path.join(folder, 'README.md'))}.`);
        const jupyter = findJupyter();
        if (jupyter && process.stdin.isTTY && process.stdout.isTTY) await offerJupyter(jupyter, first);
        return;
      }
      case 'reset': {
        const name = parts.find((part) => args.length === 1 && part.startsWith(`${args[0]}-`));
        if (!name)
          throw new UsageError(
            `workshop reset: expected the number of a part, 1 to ${parts.length}, got '${args.join(' ')}'.`,
          );
        putAside(name);
        return write(name);
      }
      case 'build':
        return parts.forEach(write);
      case 'train':
        await openBackend();
        console.log(await trainNetworks(showProgress()));
        return;
      default:
        throw new UsageError(`workshop: expected nothing, 'reset PART', 'build' or 'train', got '${command}'.`);
    }
  },
});
