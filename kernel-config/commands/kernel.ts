/**
 * Manages the Jupyter kernel.
 *   npm run kernel -- install|uninstall|doctor|path
 */
import path from 'node:path';
import { commandLine } from '../../lib/run/installation/command-line.js';
import { examineRegistration, type Finding, nextSteps, tryKernel } from '../kernel/kernel-doctor.js';
import { installKernelSpec, KERNEL_DISPLAY_NAME, kernelSpecFile, uninstallKernelSpec } from '../kernel/kernel-spec.js';
import { projectRoot } from '../session/project-root.js';
import { type Action, runEntry, UsageError } from './run-command.js';
import { kernelEntry } from './table/tools.js';

const MARKS = { ok: 'ok      ', note: '--      ', problem: 'PROBLEM ' };

/** Checks what the kernel needs, starts it, prints a line each and what to do next. Returns whether all is well. */
async function doctor(): Promise<boolean> {
  const findings: Finding[] = [];
  const tell = (found: readonly Finding[]) => {
    findings.push(...found);
    for (const { state, text } of found) console.log(MARKS[state] + text);
  };
  tell([{ state: 'ok', text: `Node.js ${process.versions.node} (${process.execPath}), modulab in ${projectRoot}` }]);
  tell(examineRegistration());
  tell(await tryKernel());
  console.log(`\n${nextSteps(findings).join('\n')}`);
  return findings.every(({ state }) => state !== 'problem');
}

/** modulab kernel, npm run kernel */
export const kernel: Action<typeof kernelEntry> = async ({ positionals: [command, ...rest] }) => {
  if (rest.length > 0) throw new UsageError(`Expected one command, got '${[command, ...rest].join(' ')}'.`);
  switch (command) {
    case 'install':
      console.log(`Registered the kernel '${KERNEL_DISPLAY_NAME}': ${installKernelSpec()}`);
      console.log(`${commandLine('kernel', 'doctor')} tries it and says how to go on.`);
      return;
    case 'uninstall': {
      const removed = uninstallKernelSpec();
      console.log(removed ? `Removed ${removed}` : `Nothing to remove: ${kernelSpecFile()} is not there.`);
      return;
    }
    case 'doctor':
      return doctor();
    case 'path':
      console.log(path.join(projectRoot, 'kernel-config'));
      return;
    default:
      throw new UsageError(`Expected a command, got ${command === undefined ? 'none' : `'${command}'`}.`);
  }
};

if (require.main === module) runEntry(kernelEntry, kernel);
