import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ModulabError } from '../lib/errors.js';
import { writeFileAtomically } from './notebook.js';
import { projectRoot } from './project-root.js';

export const KERNEL_NAME = 'modulab';
export const KERNEL_DISPLAY_NAME = 'TypeScript (modulab)';

interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: string;
  /** `modulab` marks the file as ours and says which copy of the project it starts. */
  metadata: { modulab: { project: string } };
}

/** The user's Jupyter data folder, as Jupyter itself determines it. */
export function jupyterDataDir(): string {
  const { JUPYTER_DATA_DIR, APPDATA, XDG_DATA_HOME } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') return path.join(APPDATA ?? os.homedir(), 'jupyter');
  return path.join(XDG_DATA_HOME ?? path.join(os.homedir(), '.local', 'share'), 'jupyter');
}

/** The kernel spec of this user, where Jupyter and VS Code look for it. */
export function kernelSpecFile(): string {
  return path.join(jupyterDataDir(), 'kernels', KERNEL_NAME, 'kernel.json');
}

/** The first of the programs that is on PATH, or null. */
export function findProgram(...names: readonly string[]): string | null {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const name of names) {
    for (const folder of folders) {
      for (const suffix of suffixes) {
        const file = path.join(folder, name + suffix);
        try {
          fs.accessSync(file, fs.constants.X_OK);
          if (fs.statSync(file).isFile()) return file;
        } catch {
          // not here
        }
      }
    }
  }
  return null;
}

/** Whether some Jupyter is on PATH, or has been used by this user (VS Code's needs no program on PATH). */
export function hasJupyter(): boolean {
  return findProgram('jupyter', 'jupyter-lab', 'jupyter-notebook') !== null || fs.existsSync(jupyterDataDir());
}

/** Which copy of the project the user's kernel spec starts: a folder, null for no spec, 'foreign' for one not written by us. */
export function registeredProject(): string | null {
  const file = kernelSpecFile();
  if (!fs.existsSync(file)) return null;
  try {
    const spec = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<KernelSpec> | null;
    return spec?.metadata?.modulab?.project ?? 'foreign';
  } catch {
    return 'foreign';
  }
}

/**
 * Writes the kernel spec, with the absolute paths of this Node and this copy of the project.
 * @returns the file
 * @throws ModulabError when a spec of that name is there that we did not write
 */
export function installKernelSpec(): string {
  const file = kernelSpecFile();
  refuseForeign(file);
  const spec: KernelSpec = {
    argv: [
      process.execPath,
      path.join(projectRoot, 'dist', 'kernel-config', 'kernel-launcher.js'),
      '{connection_file}',
    ],
    display_name: KERNEL_DISPLAY_NAME,
    language: 'typescript',
    interrupt_mode: 'signal',
    metadata: { modulab: { project: projectRoot } },
  };
  const content = JSON.stringify(spec, null, 2) + '\n';
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== content) writeFileAtomically(file, content);
  return file;
}

/**
 * Removes the kernel spec, if it is ours.
 * @returns the file that was removed, or null when there was none
 * @throws ModulabError when the spec is not ours
 */
export function uninstallKernelSpec(): string | null {
  const file = kernelSpecFile();
  if (registeredProject() === null) return null;
  refuseForeign(file);
  fs.rmSync(file);
  const folder = path.dirname(file);
  if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
  return file;
}

/**
 * Registers the kernel where Jupyter is there and no other copy of the project has done so.
 * @returns a line that says what was done, or null when there was nothing to do
 */
export function registerIfJupyter(): string | null {
  if (!hasJupyter()) return null;
  const project = registeredProject();
  if (project === 'foreign') return null;
  const live = project !== null && fs.existsSync(path.join(project, 'package.json'));
  if (live && project !== projectRoot) return null;
  const before = fs.existsSync(kernelSpecFile()) ? fs.readFileSync(kernelSpecFile(), 'utf8') : null;
  let file: string;
  try {
    file = installKernelSpec();
  } catch (error) {
    return `The kernel could not be registered with Jupyter: ${(error as Error).message}`;
  }
  return fs.readFileSync(file, 'utf8') === before ? null : `Registered the kernel '${KERNEL_DISPLAY_NAME}': ${file}`;
}

function refuseForeign(file: string): void {
  if (registeredProject() === 'foreign') {
    throw new ModulabError(`${file}: expected a kernel spec written by modulab, got another one. Move it away first.`);
  }
}
