import { execFileSync } from 'node:child_process';
import { findProgram } from '../kernel/kernel-spec.js';

/** tmux's program; null where there is none. */
export function tmuxProgram(): string | null {
  return findProgram('tmux');
}

/** A real terminal without a screen: keys go in, and what is shown can be read. */
export class Terminal {
  private readonly name = `modulab-${process.pid}-${Math.floor(performance.now())}`;

  /** @param environment what the command finds besides the variables of this process */
  constructor(
    private readonly program: string,
    command: string,
    folder: string,
    environment: Record<string, string>,
    { columns = 100, rows = 45 } = {},
  ) {
    const size = ['-x', String(columns), '-y', String(rows)];
    const variables = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', folder, ...variables, command);
  }

  /** Types text as it is. */
  type(text: string): void {
    // tmux takes a semicolon at the end for its own.
    this.tmux('send-keys', '-l', '--', text.replace(/;$/, '\\;'));
  }

  /** Presses keys by their names in tmux: Enter, Tab, Up, C-c. */
  press(...keys: string[]): void {
    this.tmux('send-keys', ...keys);
  }

  /** Pastes text as a terminal does that marks pastes. */
  paste(text: string): void {
    this.tmux('set-buffer', '--', text);
    this.tmux('paste-buffer', '-p');
  }

  /** The lines on the screen, without spaces at their ends and empty lines at the end. */
  screen(): string {
    const lines = this.tmux('capture-pane', '-p').split('\n');
    return lines
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Waits until the screen is so. @returns the screen */
  async until(what: string, holds: (screen: string) => boolean, seconds = 120): Promise<string> {
    const end = performance.now() + 1000 * seconds;
    for (;;) {
      const screen = this.screen();
      if (holds(screen)) return screen;
      if (performance.now() > end) throw new Error(`Waited in vain for ${what}. The screen:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  close(): void {
    try {
      this.tmux('kill-server');
    } catch {
      // ended by itself
    }
  }

  private tmux(...args: string[]): string {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', TMUX: '' };
    return execFileSync(this.program, ['-u', '-L', this.name, ...args], { encoding: 'utf8', env });
  }
}
