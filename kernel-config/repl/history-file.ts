import fs from 'node:fs';
import path from 'node:path';
import { homeFolder } from '../session/home-folder.js';

const KEPT = 1000;

/** The user's folder for what programs remember, by the XDG rules; null where there is none. */
export function stateFolder(): string | null {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_STATE_HOME && path.isAbsolute(XDG_STATE_HOME)) return path.join(XDG_STATE_HOME, 'modulab');
  if (process.platform === 'win32' && LOCALAPPDATA) return path.join(LOCALAPPDATA, 'modulab');
  const home = homeFolder();
  if (home === null) return null;
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'modulab');
  return path.join(home, '.local', 'state', 'modulab');
}

/**
 * The inputs of earlier sessions, oldest first, one JSON string per line; only the user may read the file. Where it
 * cannot be read or written there is simply no history.
 */
export class HistoryFile {
  readonly entries: string[] = [];
  private readonly file: string | null;

  constructor(folder: string | null) {
    this.file = folder === null ? null : path.join(folder, 'repl-history');
    try {
      if (this.file) this.load(this.file);
    } catch {
      // no history
    }
  }

  /** Remembers an input, unless it repeats the last one or begins with a space. */
  add(entry: string): void {
    if (entry.trim() === '' || entry.startsWith(' ') || entry === this.entries.at(-1)) return;
    this.entries.push(entry);
    if (!this.file) return;
    try {
      fs.mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      fs.appendFileSync(this.file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    } catch {
      // it is not remembered
    }
  }

  private load(file: string): void {
    if (!fs.existsSync(file)) return;
    fs.chmodSync(file, 0o600);
    for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
      const entry = parsed(line);
      if (entry !== null) this.entries.push(entry);
    }
    if (this.entries.length <= 2 * KEPT) return;
    this.entries.splice(0, this.entries.length - KEPT);
    const shorter = `${file}.${process.pid}.tmp`;
    fs.writeFileSync(shorter, this.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
    fs.renameSync(shorter, file);
  }
}

function parsed(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
