import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Where a file that belongs to one writer lies until it is whole; what a killed writer has left there is overwritten. */
export const unfinishedName = (file: string): string => `${file}.unfinished`;

/**
 * Writes a file all or nothing: beside the target first, then renamed, so that a reader, or a run that is interrupted,
 * finds the old content or the new, never half. Makes the folder where it is missing.
 * @param options.unfinished where it lies until it is whole. Default: a name that no other writer has
 */
export function writeFileAtomically(
  file: string,
  content: string | Uint8Array,
  { unfinished = `${file}.${randomUUID()}.tmp` }: { unfinished?: string } = {},
): void {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  try {
    fs.writeFileSync(unfinished, content, { flush: true });
    fs.renameSync(unfinished, file);
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    throw error;
  }
}
