import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Writes a file all or nothing: beside the target first, then renamed, so that a reader, or a run that is interrupted,
 * finds the old content or the new, never half. Makes the folder where it is missing.
 */
export function writeFileAtomically(file: string, content: string | Uint8Array): void {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const unfinished = `${file}.${randomUUID()}.tmp`;
  try {
    fs.writeFileSync(unfinished, content, { flush: true });
    fs.renameSync(unfinished, file);
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    throw error;
  }
}
