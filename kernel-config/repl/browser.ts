import { spawn } from 'node:child_process';
import { findProgram } from '../kernel/kernel-spec.js';

/** A program and its first arguments. */
export type Opener = readonly [program: string, ...args: string[]];

/**
 * The program that opens an address in the user's browser; null where no browser is to be expected: none is wanted
 * (`MODULAB_BROWSER=0`), in CI, over SSH, without a display. `MODULAB_BROWSER` may name a program.
 */
export function browserOpener(env: NodeJS.ProcessEnv = process.env, platform = process.platform): Opener | null {
  const wanted = env.MODULAB_BROWSER;
  if (wanted === '0') return null;
  if (wanted && wanted !== '1') return [wanted];
  if (!wanted) {
    if (env.CI || env.SSH_CONNECTION || env.SSH_TTY) return null;
    if (platform !== 'darwin' && platform !== 'win32' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return null;
  }
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const program = findProgram('xdg-open', 'wslview', 'sensible-browser');
  return program === null ? null : [program];
}

/** Opens an address. Resolves to whether that seems to have worked; never fails. */
export function openInBrowser([program, ...args]: Opener, url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    // Some openers stay as long as the browser does.
    const patience = setTimeout(() => {
      child.unref();
      resolve(true);
    }, 3000);
    const settle = (opened: boolean) => {
      clearTimeout(patience);
      resolve(opened);
    };
    child.once('error', () => settle(false));
    child.once('exit', (code) => settle(code === 0));
  });
}
