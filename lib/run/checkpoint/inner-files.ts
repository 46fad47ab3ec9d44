import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Longest part of a name that is taken over as it is; file systems have no room for more than some 255 bytes. */
const NAME_LENGTH = 80;

/**
 * File for the state of a part of a run, beside the run's own file and bound to it: a run that begins afresh begins with
 * {@link dropInnerFiles}, so that no part of an earlier one is gone on with.
 * @param name of the part; any text
 */
export function innerFile(outer: string, name: string): string {
  const plain = name.replaceAll(/[^\w-]/g, '_');
  const tooLong = plain.length > NAME_LENGTH;
  const digest = tooLong ? `-${createHash('sha256').update(name).digest('hex').slice(0, 12)}` : '';
  return `${outer}${INNER}${plain.slice(0, NAME_LENGTH)}${digest}`;
}

const INNER = '.inner-';

/** Whether a file is that of a part of a run. */
export const isInnerFile = (file: string): boolean => path.basename(file).includes(INNER);

/** Removes the files of all parts of a run, and of their parts. */
export function dropInnerFiles(outer: string): void {
  const folder = path.dirname(path.resolve(outer));
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(path.basename(outer) + INNER)) fs.rmSync(path.join(folder, name), { force: true });
  }
}

/** The file that a person named, of that of a part of the run: the one to go on with. */
export function outerFile(file: string): string {
  const name = path.basename(file);
  return name.includes(INNER) ? path.join(path.dirname(file), name.slice(0, name.indexOf(INNER))) : file;
}
