import fs from 'node:fs';
import { DataError, OptionError, StorageError } from '../../errors.js';
import { unfinishedName, writeFileAtomically } from '../write-file.js';
import { type CheckpointArrays, decodeCheckpoint, encodeCheckpoint } from './checkpoint-layout.js';
import { differenceOf } from './fingerprint-difference.js';
import { dropInnerFiles, innerFile, isInnerFile, outerFile } from './inner-files.js';

/** What a run has saved. */
export interface Saved<State> {
  readonly state: State;
  readonly arrays: CheckpointArrays;
}

/** What must be the same for a run to go on, as JSON; it may depend on what the run has saved. */
export type Fingerprint<State> = string | ((saved: State) => string);

/** The checkpoint of one run. Without a file it does nothing. */
export interface Checkpoint<State> {
  /** Where an earlier call was stopped; null where there is nothing to go on from. */
  readonly saved: Saved<State> | null;
  /**
   * Saves the run as it stands, all or nothing; the states of parts of the run are overtaken by it and go.
   * @param arrays gives the numbers; asked where there is a file only
   * @throws StorageError when the file cannot be written
   */
  write: (state: State, arrays?: () => CheckpointArrays | Promise<CheckpointArrays>) => Promise<void>;
  /** File for the state of a part of the run, see {@link innerFile}; undefined without a file. */
  inner: (name: string) => string | undefined;
  /** End of the message of a run that stops: how to go on, and a full stop. */
  readonly resume: string;
}

/** How the checkpoints of one kind of run are read and written. */
export interface CheckpointFormat<State> {
  /**
   * Begins a run: reads what an earlier call has saved, and clears away what a killed one has left unfinished.
   * @param file undefined for a run that keeps nothing
   * @param fingerprint of the run as it is now; called where there is a file only
   * @throws DataError when the file is damaged, of an earlier version or no such checkpoint; OptionError when it belongs to
   *   another run; StorageError when it cannot be read
   */
  open: (file: string | undefined, fingerprint: () => Fingerprint<State>) => Checkpoint<State>;
}

/**
 * The one way in which long calls keep their state in a file: with a digest over everything that is checked before
 * anything else is read, bound to options, images and weights by a fingerprint, written all or nothing, so that a call
 * that was killed at any moment goes on from the last state written.
 * @param kind names the run in messages, e.g. 'training'
 * @param version goes up when the state changes its form
 */
export function checkpointFile<State>(kind: string, version: number): CheckpointFormat<State> {
  return {
    open(file, fingerprintOf) {
      if (file === '') throw new OptionError("checkpoint: expected the path of a file, got ''.");
      if (file === undefined)
        return { saved: null, write: () => Promise.resolve(), inner: () => undefined, resume: '.' };
      const given = fingerprintOf();
      const saved = readSaved<State>(file, kind, version, given);
      let exists = saved !== null;
      // A state that depends on the fingerprint of its own file is saved under that one.
      const fingerprint = saved?.fingerprint ?? (typeof given === 'string' ? given : null);
      if (!exists) storing(file, false, () => dropInnerFiles(file));
      return {
        saved,
        async write(state, arrays = () => ({})) {
          const about = { kind, version, fingerprint: fingerprint ?? fingerprintFor(given, state) };
          const bytes = encodeCheckpoint({ ...about, state, arrays: await arrays() });
          storing(file, exists, () => writeFileAtomically(file, bytes, { unfinished: unfinishedName(file) }));
          exists = true;
          storing(file, true, () => dropInnerFiles(file));
        },
        inner: (name) => innerFile(file, name),
        resume: `; the next call with checkpoint '${outerFile(file)}' goes on from there.`,
      };
    },
  };
}

const fingerprintFor = <State>(fingerprint: Fingerprint<State>, state: State): string =>
  typeof fingerprint === 'string' ? fingerprint : fingerprint(state);

function readSaved<State>(
  file: string,
  kind: string,
  version: number,
  fingerprint: Fingerprint<State>,
): (Saved<State> & { readonly fingerprint: string }) | null {
  const bytes = readBytes(file);
  if (bytes === null) return null;
  const content = decodeCheckpoint(bytes);
  const left = 'It is left as it is.';
  if (content === 'other') {
    throw new DataError(`checkpoint: '${file}' (${bytes.length} bytes) is no checkpoint. Name another file. ${left}`);
  }
  if (content === 'damaged') {
    throw new DataError(
      `checkpoint: '${file}' is damaged: its ${bytes.length} bytes are not those that were written. Delete it to start afresh. ${left}`,
    );
  }
  if (content === 'earlier version' || (content.kind === kind && content.version !== version)) {
    throw new DataError(
      `checkpoint: '${file}' was written by another version of modulab, whose states this one does not read. Go on with ` +
        `that version, or delete the file to start afresh. ${left}`,
    );
  }
  if (content.kind !== kind) {
    throw new DataError(
      `checkpoint: '${file}' is not a ${kind} checkpoint but one of the kind '${content.kind}'. Name another file. ${left}`,
    );
  }
  const state = content.state as State;
  const expected = fingerprintFor(fingerprint, state);
  if (content.fingerprint === expected) return { state, arrays: content.arrays, fingerprint: expected };
  // Nobody has named a part's file: what does not fit is of another course of the run, on another backend say.
  if (isInnerFile(file)) return null;
  throw new OptionError(
    `checkpoint: '${file}' belongs to a run with other options, images, layers or weights at its start. Name another file, ` +
      `or delete it to start afresh.\n${differenceOf(content.fingerprint, expected)}`,
  );
}

/** Null when the file is not there. Clears away what a killed call has left of an unfinished one. */
function readBytes(file: string): Buffer | null {
  try {
    fs.rmSync(unfinishedName(file), { force: true });
    return fs.readFileSync(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StorageError(`checkpoint: '${file}' cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

/** Runs what changes files. @param exists whether there is an earlier state to go on from */
function storing(file: string, exists: boolean, change: () => void): void {
  try {
    change();
  } catch (cause) {
    throw new StorageError(
      `checkpoint: '${file}' cannot be written: ${reasonOf(cause)}. ` +
        (exists
          ? 'The last checkpoint is good: the next call goes on from it.'
          : 'Nothing was written before. Name a file in a folder that can be written to.'),
      { cause },
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder, expected a file',
  ENOTEMPTY: 'it is a folder, expected a file',
  ENOTDIR: 'a part of its path is a file, expected a folder',
  EEXIST: 'a part of its path is a file, expected a folder',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
  EIO: 'the disk has failed',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && code in REASONS ? `${REASONS[code]} (${code})` : message;
}
