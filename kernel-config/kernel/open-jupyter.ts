import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { projectRoot } from '../session/project-root.js';
import { findProgram } from './kernel-spec.js';

/** The Jupyter application on PATH that opens notebooks: JupyterLab before the classic Notebook; null without one. */
export function findJupyter(): string | null {
  return findProgram('jupyter-lab', 'jupyter-notebook');
}

/** Asks whether to open the notebook, and if so runs Jupyter in the foreground until it is stopped. */
export async function offerJupyter(jupyter: string, notebook: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`\nOpen ${path.relative(projectRoot, notebook)} in Jupyter now? (y/N) `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) return;

  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  const searchPath = [path.join(projectRoot, 'kernel-config'), process.env.JUPYTER_PATH].filter(Boolean);
  // Loopback only, with Jupyter's own access token.
  const args = ['--ip=127.0.0.1', `--notebook-dir=${projectRoot}`, ...asRoot, notebook];
  const server = spawn(jupyter, args, {
    cwd: projectRoot,
    stdio: 'inherit',
    env: { ...process.env, JUPYTER_PATH: searchPath.join(path.delimiter) },
  });
  process.on('SIGINT', () => {}); // Ctrl-C is for Jupyter, which asks back
  await new Promise<void>((resolve) => {
    server.once('error', (error) => {
      console.error(`Jupyter could not be started: ${error.message}`);
      resolve();
    });
    server.once('exit', () => resolve());
  });
}
