import fs from 'node:fs';
import path from 'node:path';
import { ModulabError } from '../../lib/errors.js';
import { commandLine, isClone } from '../../lib/run/installation/command-line.js';
import { writeFileAtomically } from '../../lib/run/write-file.js';
import { homeFolder } from '../session/home-folder.js';
import { projectRoot } from '../session/project-root.js';

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

/**
 * The user's Jupyter data folder, as Jupyter itself determines it; a variable that is empty counts as not set.
 * @throws ModulabError when there is no home folder to find it in
 */
export function jupyterDataDir(): string {
  const { JUPYTER_DATA_DIR, APPDATA, XDG_DATA_HOME } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === 'win32' && APPDATA) return path.join(APPDATA, 'jupyter');
  if (process.platform !== 'win32' && process.platform !== 'darwin' && XDG_DATA_HOME) {
    return path.join(XDG_DATA_HOME, 'jupyter');
  }
  const home = homeFolder();
  if (home === null) {
    throw new ModulabError("There is no home folder to find Jupyter's data folder in: set HOME or JUPYTER_DATA_DIR.");
  }
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Jupyter');
  if (process.platform === 'win32') return path.join(home, 'jupyter');
  return path.join(home, '.local', 'share', 'jupyter');
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
  if (findProgram('jupyter', 'jupyter-lab', 'jupyter-notebook') !== null) return true;
  try {
    return fs.existsSync(jupyterDataDir());
  } catch {
    return false; // no home folder
  }
}

/** What stands where the user's kernel spec belongs. */
export type Registration =
  | { kind: 'none' }
  /** Not JSON. */
  | { kind: 'damaged' }
  /** Not written by us. */
  | { kind: 'foreign' }
  | { kind: 'ours'; project: string; argv: readonly string[] };

export function registration(): Registration {
  const file = kernelSpecFile();
  if (!fs.existsSync(file)) return { kind: 'none' };
  let spec: Partial<KernelSpec> | null;
  try {
    spec = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<KernelSpec> | null;
  } catch {
    return { kind: 'damaged' };
  }
  const project: unknown = spec?.metadata?.modulab?.project;
  if (typeof project !== 'string') return { kind: 'foreign' };
  const argv: unknown = spec?.argv;
  return { kind: 'ours', project, argv: Array.isArray(argv) ? argv.map(String) : [] };
}

/** Which copy of the project the user's kernel spec starts: a folder, null for no spec, 'foreign' for one not written by us. */
export function registeredProject(): string | null {
  const found = registration();
  return found.kind === 'ours' ? found.project : found.kind === 'none' ? null : 'foreign';
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
      path.join(projectRoot, 'dist', 'kernel-config', 'kernel', 'kernel-launcher.js'),
      '{connection_file}',
    ],
    display_name: KERNEL_DISPLAY_NAME,
    language: 'typescript',
    interrupt_mode: 'message', // heard while the kernel computes, and on Windows; see control-channel.ts
    metadata: { modulab: { project: projectRoot } },
  };
  try {
    for (const [name, picture] of logos()) writeIfOther(path.join(path.dirname(file), name), picture);
    writeIfOther(file, Buffer.from(JSON.stringify(spec, null, 2) + '\n'));
  } catch (cause) {
    throw new ModulabError(
      `${path.dirname(file)} cannot be written to (${(cause as Error).message}). Get write access to it, name another of ` +
        `Jupyter's data folders in JUPYTER_DATA_DIR, or use the kernel in place: JUPYTER_PATH="$(${isClone() ? 'npm run -s kernel -- path' : commandLine('kernel', 'path')})"`,
      { cause },
    );
  }
  return file;
}

/** What Jupyter's launcher shows: file name and content. They lie beside the spec that is used in place. */
function logos(): [string, Buffer][] {
  const folder = path.join(projectRoot, 'kernel-config', 'kernels', KERNEL_NAME);
  const names = fs.readdirSync(folder).filter((name) => name.startsWith('logo-'));
  return names.map((name) => [name, fs.readFileSync(path.join(folder, name))]);
}

function isSame(file: string, content: Buffer): boolean {
  return fs.existsSync(file) && fs.readFileSync(file).equals(content);
}

function writeIfOther(file: string, content: Buffer): void {
  if (!isSame(file, content)) writeFileAtomically(file, content);
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
  for (const [name, picture] of logos())
    if (isSame(path.join(folder, name), picture)) fs.rmSync(path.join(folder, name));
  if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
  return file;
}

/**
 * Registers the kernel where Jupyter is there and no other copy of the project has done so. Never throws.
 * @returns a line that says what was done or why nothing was, or null when all is as it should be
 */
export function registerIfJupyter(): string | null {
  if (!hasJupyter()) return null;
  try {
    const project = registeredProject();
    if (project === 'foreign') return null;
    const live = project !== null && fs.existsSync(path.join(project, 'package.json'));
    if (live && project !== projectRoot) {
      return `The kernel belongs to another copy of modulab (${project}); \`${commandLine('kernel', 'install')}\` makes it this copy's.`;
    }
    const before = project === null ? null : fs.readFileSync(kernelSpecFile(), 'utf8');
    const file = installKernelSpec();
    return fs.readFileSync(file, 'utf8') === before ? null : `Registered the kernel '${KERNEL_DISPLAY_NAME}': ${file}`;
  } catch (error) {
    return `The kernel could not be registered with Jupyter: ${(error as Error).message}`;
  }
}

function refuseForeign(file: string): void {
  if (registeredProject() === 'foreign') {
    throw new ModulabError(
      `${file}: expected a kernel spec written by modulab, got another one or a damaged one. Move it away first.`,
    );
  }
}
