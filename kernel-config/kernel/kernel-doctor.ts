import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ModulabError } from '../../lib/errors.js';
import { commandLine, isClone } from '../../lib/run/installation/command-line.js';
import { projectRoot } from '../session/project-root.js';
import { KernelProcess } from './kernel-process.js';
import { findProgram, jupyterDataDir, KERNEL_NAME, kernelSpecFile, registration } from './kernel-spec.js';

/** One thing that was looked at. */
export interface Finding {
  state: 'ok' | 'note' | 'problem';
  text: string;
  /** What to do about it. */
  repair?: string;
}

const INSTALL = commandLine('kernel', 'install');
const JUPYTER_MS = 20_000;

/** What is registered with Jupyter, and whether Jupyter will find it. */
export function examineRegistration(): Finding[] {
  let file: string;
  try {
    file = kernelSpecFile();
  } catch (error) {
    if (!(error instanceof ModulabError)) throw error;
    return [{ state: 'problem', text: error.message, repair: `HOME=… ${INSTALL}` }];
  }
  const jupyter = findProgram('jupyter', 'jupyter-lab', 'jupyter-notebook');
  const found: Finding[] = [
    jupyter
      ? { state: 'ok', text: `Jupyter: ${jupyter}` }
      : { state: 'note', text: `no Jupyter on PATH; VS Code's would look in ${jupyterDataDir()}` },
    examineSpec(file),
  ];
  const program = findProgram('jupyter');
  const folders = program === null ? null : jupyterFolders(program);
  if (folders) found.push(...examineFolders(file, folders));
  return found;
}

function examineSpec(file: string): Finding {
  const spec = registration();
  switch (spec.kind) {
    case 'none':
      return { state: 'note', text: `not registered: ${file} is not there`, repair: INSTALL };
    case 'damaged':
      return { state: 'problem', text: `${file} is damaged: it is no JSON`, repair: `delete it, then ${INSTALL}` };
    case 'foreign':
      return { state: 'problem', text: `${file} was not written by modulab`, repair: `move it away, then ${INSTALL}` };
    case 'ours': {
      const missing = spec.argv.slice(0, 2).filter((program) => !fs.existsSync(program));
      if (spec.project !== projectRoot) {
        return missing.length > 0 || !fs.existsSync(spec.project)
          ? {
              state: 'problem',
              text: `${file} starts ${spec.project}, which has been moved or deleted`,
              repair: INSTALL,
            }
          : {
              state: 'problem',
              text: `${file} starts another copy of the project, ${spec.project}`,
              repair: `${INSTALL} (notebooks then use this copy), or work in the other one`,
            };
      }
      return missing.length > 0
        ? { state: 'problem', text: `${file} names ${missing.join(' and ')}: not there any more`, repair: INSTALL }
        : { state: 'ok', text: `registered: ${file}` };
    }
  }
}

/** Where Jupyter looks for kernels, in its order; null when it does not say. */
function jupyterFolders(jupyter: string): string[] | null {
  try {
    const options = { encoding: 'utf8' as const, timeout: JUPYTER_MS, stdio: 'pipe' as const };
    const { data } = JSON.parse(execFileSync(jupyter, ['--paths', '--json'], options)) as { data?: unknown };
    return Array.isArray(data) && data.every((folder) => typeof folder === 'string') ? data : null;
  } catch {
    return null;
  }
}

function examineFolders(file: string, folders: readonly string[]): Finding[] {
  const real = (name: string) => (fs.existsSync(name) ? fs.realpathSync(name) : path.resolve(name));
  const files = folders.map((folder) => path.join(folder, 'kernels', KERNEL_NAME, 'kernel.json'));
  if (!files.some((known) => real(known) === real(file))) {
    return [
      {
        state: 'problem',
        text: `this Jupyter does not look into ${path.dirname(path.dirname(path.dirname(file)))}, but into ${folders.join(', ')}`,
        repair: `JUPYTER_DATA_DIR='${(folders[0] ?? jupyterDataDir()).replaceAll("'", `'\\''`)}' ${INSTALL}`,
      },
    ];
  }
  const first = files.find((known) => fs.existsSync(known));
  const inPlace = path.join(projectRoot, 'kernel-config', 'kernels', KERNEL_NAME, 'kernel.json');
  if (first === undefined || [file, inPlace].some((own) => real(own) === real(first))) return [];
  return [
    { state: 'problem', text: `this Jupyter takes ${first} before ours`, repair: `remove ${path.dirname(first)}` },
  ];
}

/** Starts the kernel where nothing of the project can be found by accident, and runs two cells. */
export async function tryKernel(): Promise<Finding[]> {
  const startedAt = performance.now();
  const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
  let kernel: KernelProcess;
  try {
    kernel = await KernelProcess.start({ cwd: path.parse(projectRoot).root });
  } catch (error) {
    const text = `the kernel does not start: ${(error as Error).message}`;
    return [
      { state: 'problem', text, repair: isClone() ? 'npm test -- kernel-config' : 'npm i tslab typescript zeromq' },
    ];
  }
  try {
    const cell = async (code: string, what: string, since: number): Promise<Finding> => {
      let traceback = '';
      const reply = await kernel.execute(code, ({ header, content }) => {
        if (header.msg_type === 'error') traceback += (content.traceback as string[]).join('\n');
      });
      if (reply?.status === 'ok') return { state: 'ok', text: `${what}: ${seconds(since)}` };
      return {
        state: 'problem',
        text: `${what}: ${traceback || kernel.exitReason || 'failed'}`,
        repair: isClone() ? 'npm run build' : 'npm i modulab',
      };
    };
    return [
      await cell('1 + 1', 'kernel start to first result', startedAt),
      await cell("import * as modulab from 'modulab';", "import … from 'modulab'", performance.now()),
    ];
  } finally {
    await kernel.shutdown();
  }
}

/** What to do next: the repairs, or where the notebooks are. */
export function nextSteps(findings: readonly Finding[]): string[] {
  const problems = findings.filter(({ state }) => state === 'problem');
  const registered = findings.some(({ text }) => text.startsWith('registered: '));
  if (problems.length > 0) {
    const repairs = [...new Set(problems.flatMap(({ repair }) => repair ?? []))];
    return ['To repair that:', ...repairs.map((repair) => `  ${repair}`), `  ${commandLine('kernel', 'doctor')}`];
  }
  const notebook = isClone() ? 'notebooks/00-quickstart.ipynb' : 'your.ipynb';
  const app = findProgram('jupyter-lab', 'jupyter-notebook');
  return [
    'What next:',
    ...(registered ? [] : [`  ${INSTALL}    so that Jupyter and VS Code find the kernel`]),
    ...(app ? [`  ${path.basename(app, path.extname(app))} ${notebook}`] : []),
    ...(registered && findProgram('jupyter-console') ? [`  jupyter console --kernel ${KERNEL_NAME}`] : []),
    `  VS Code: open ${notebook}, choose the kernel 'TypeScript (modulab)'`,
    `  without Jupyter: ${commandLine('notebook', notebook)}`,
  ];
}
