import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { interruption } from '../../../engine/interruption.js';
import { InterruptedError, ModelError } from '../../../errors.js';
import { unpackedLimit } from '../../../run/unpacked-limit.js';
import type { NamedTensor } from '../named-tensor.js';

/** What an HDF5 file holds, as far as Keras uses it. */
export interface Hdf5Content {
  /** Attributes of groups that are text, by the group's path; the root's is ''. */
  readonly attributes: ReadonlyMap<string, ReadonlyMap<string, string | string[]>>;
  /** Arrays of numbers by their path, in the file's order. */
  readonly arrays: ReadonlyMap<string, NamedTensor>;
}

/** What the thread that reads is asked. */
export interface Hdf5Question {
  /** The file on the disk. */
  readonly copy: string;
  /** Its name for messages. */
  readonly file: string;
  /** Most bytes of arrays in it. */
  readonly most: number;
}

/** What it answers: the content; a whole message why it is refused; or what the library says is wrong with the file. */
export type Hdf5Answer = { readonly content: Hdf5Content } | { readonly refusal: string } | { readonly damage: string };

export const isHdf5 = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 8) === '\x89HDF\r\n\x1a\n';

/** A good file of a gigabyte takes seconds; a damaged one can keep the library busy for ever. */
const secondsFor = (bytes: number): number => 20 + (0.2 * bytes) / 2 ** 20;
const MILLISECONDS_BETWEEN_LOOKS = 100;

/**
 * Reads all of an HDF5 file, in a thread of its own that ends with it: damaged files break the library, or keep it busy for ever.
 * @param bytes the file's content
 * @param file name for messages
 * @param seconds longest time that reading may take; by default 20 and a fifth for each megabyte
 * @throws ModelError when it is no HDF5 file, damaged, nested without end, or unpacks to much more than its size;
 * InterruptedError
 */
export async function readHdf5(
  bytes: Buffer,
  file: string,
  seconds: number = secondsFor(bytes.length),
): Promise<Hdf5Content> {
  if (!isHdf5(bytes)) {
    throw new ModelError(`${file}: expected an HDF5 file, got the bytes ${bytes.subarray(0, 8).toString('hex')}.`);
  }
  // The library reads files, not memory, and what is read here may stand in an archive.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-hdf5-'));
  const copy = path.join(folder, 'file.h5');
  try {
    fs.writeFileSync(copy, bytes);
    const answer = await askThread({ copy, file, most: unpackedLimit(bytes.length) }, seconds);
    if ('content' in answer) return answer.content;
    throw new ModelError(
      'refusal' in answer
        ? answer.refusal
        : `${file}: damaged HDF5 file: ${answer.damage}. Copy or download it again, or save the model once more.`,
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A thread for each file: after a damaged one the library's memory is not to be trusted. */
async function askThread(question: Hdf5Question, seconds: number): Promise<Hdf5Answer> {
  const stopped = interruption();
  const thread = new Worker(path.join(__dirname, 'hdf5-file.worker.js'), {
    workerData: question,
    execArgv: [],
    stdout: true, // what the library prints of damage is in the answer
    stderr: true,
  });
  const end = Date.now() + 1000 * seconds;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Hdf5Answer>((resolve, reject) => {
      timer = setInterval(() => {
        if (stopped()) reject(new InterruptedError(`${question.file}: stopped while it was read.`));
        else if (Date.now() > end) resolve({ damage: `reading it did not end within ${Math.round(seconds)} seconds` });
      }, MILLISECONDS_BETWEEN_LOOKS);
      thread.once('message', resolve);
      thread.once('messageerror', reject);
      thread.once('error', (cause: NodeJS.ErrnoException) =>
        cause.code === 'ERR_MODULE_NOT_FOUND' ? reject(cause) : resolve({ damage: cause.message }),
      );
      thread.once('exit', () => resolve({ damage: 'the library that reads it stopped' }));
    });
  } finally {
    clearInterval(timer);
    await thread.terminate();
  }
}
