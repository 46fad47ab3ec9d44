// npm run docs: the API reference, made by TypeDoc as package.json says
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { projectRoot } from '../session/project-root.js';
import { requireNothing, runCommand } from './run-command.js';

runCommand({
  usage: `Usage: npm run docs
  The API reference, to out/docs. What is exported and not documented, or not exported and named, is an error.`,
  options: {},
  async run({ positionals }) {
    requireNothing(positionals);
    const typedoc = path.join(projectRoot, 'node_modules', 'typedoc', 'bin', 'typedoc');
    const [code] = (await once(spawn(process.execPath, [typedoc], { cwd: projectRoot, stdio: 'inherit' }), 'exit')) as [
      number | null,
    ];
    return code === 0;
  },
});
