/**
 * Manages the Jupyter kernel.
 *   npm run kernel -- install|uninstall|doctor|path
 */
import fs from 'node:fs';
import path from 'node:path';
import { ModulabError } from '../lib/errors.js';
import { KernelProcess } from './kernel-process.js';
import {
  findProgram,
  installKernelSpec,
  jupyterDataDir,
  KERNEL_DISPLAY_NAME,
  kernelSpecFile,
  registeredProject,
  uninstallKernelSpec,
} from './kernel-spec.js';
import { projectRoot } from './project-root.js';

const USAGE = `Usage: npm run kernel -- COMMAND
  install    registers the kernel '${KERNEL_DISPLAY_NAME}' for this user, for every Jupyter and for VS Code
  uninstall  takes that back
  doctor     checks the kernel from end to end and says what is wrong
  path       prints the folder to put into JUPYTER_PATH, to use the kernel without registering it`;

const say = (good: boolean, text: string): boolean => {
  console.log(`${good ? 'ok      ' : 'PROBLEM '}${text}`);
  return good;
};

/** Checks what the kernel needs, prints one line each, and starts it. Returns whether all is well. */
async function doctor(): Promise<boolean> {
  say(true, `Node.js ${process.versions.node} (${process.execPath})`);
  const jupyter = findProgram('jupyter', 'jupyter-lab', 'jupyter-notebook');
  console.log(
    jupyter
      ? `ok      Jupyter: ${jupyter}`
      : `--      no Jupyter on PATH (user data folder: ${jupyterDataDir()}); notebooks still run with npm run notebook`,
  );
  const file = kernelSpecFile();
  const project = registeredProject();
  let good = true;
  if (project === null) console.log(`--      not registered; npm run kernel -- install writes ${file}`);
  else if (project === 'foreign') good = say(false, `${file} was not written by modulab`);
  else if (project !== projectRoot) good = say(false, `${file} starts another copy of the project, ${project}`);
  else {
    const { argv } = JSON.parse(fs.readFileSync(file, 'utf8')) as { argv: string[] };
    const missing = argv.slice(0, 2).filter((program) => !fs.existsSync(program));
    good = say(
      missing.length === 0,
      missing.length ? `${file} names ${missing.join(', ')}: not there` : `registered: ${file}`,
    );
  }
  return (await tryKernel()) && good;
}

async function tryKernel(): Promise<boolean> {
  const startedAt = performance.now();
  const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
  let kernel: KernelProcess;
  try {
    // From the root of the file system: nothing of the project can be found there by accident.
    kernel = await KernelProcess.start({ cwd: path.parse(projectRoot).root });
  } catch (error) {
    return say(false, `the kernel does not start: ${(error as Error).message}`);
  }
  try {
    const runs = async (code: string, what: string, since: number) => {
      let stderr = '';
      const reply = await kernel.execute(code, ({ header, content }) => {
        if (header.msg_type === 'stream' && content.name === 'stderr') stderr += String(content.text);
      });
      const good = reply?.status === 'ok';
      return say(good, good ? `${what}: ${seconds(since)}` : `${what}: ${stderr || kernel.exitReason || 'failed'}`);
    };
    const started = await runs('1 + 1', 'kernel start to first result', startedAt);
    return (await runs("import * as modulab from 'modulab';", "import … from 'modulab'", performance.now())) && started;
  } finally {
    await kernel.shutdown();
  }
}

async function main([command, ...rest]: string[]): Promise<number> {
  if (rest.length > 0) command = '';
  switch (command) {
    case 'install':
      console.log(`Registered the kernel '${KERNEL_DISPLAY_NAME}': ${installKernelSpec()}`);
      return 0;
    case 'uninstall': {
      const removed = uninstallKernelSpec();
      console.log(removed ? `Removed ${removed}` : `Nothing to remove: ${kernelSpecFile()} is not there.`);
      return 0;
    }
    case 'doctor':
      return (await doctor()) ? 0 : 1;
    case 'path':
      console.log(path.join(projectRoot, 'kernel-config'));
      return 0;
    default:
      console.error(USAGE);
      return 1;
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof ModulabError ? error.message : error);
    process.exit(1);
  },
);
