import os from 'node:os';

/** The user's home folder; null where the system knows none (no HOME and no account, as in some containers). */
export function homeFolder(): string | null {
  try {
    return os.homedir() || null;
  } catch {
    return null;
  }
}
