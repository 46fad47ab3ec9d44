import { printableText } from './printable.js';

/** A damaged file may have a name of megabytes; no path is so long. */
const ENDLESS_WORD = /\S{1000,}/g;

/**
 * The errors modulab throws on bad input. Every message says what was expected, what came, where (file, layer or
 * option) and what to do about it. Names from files in it are harmless on a terminal.
 */
export class ModulabError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(
      printableText(message).replace(ENDLESS_WORD, (word) => `${word.slice(0, 200)}…`),
      options,
    );
    this.name = new.target.name;
  }
}

/** A data file, image folder or label is not what its format says. */
export class DataError extends ModulabError {}

/** A model or weight file cannot be used: unknown layer, wrong shape, missing tensor, unsupported architecture. */
export class ModelError extends ModulabError {}

/** An option has a value that makes no sense, alone or together with others. */
export class OptionError extends ModulabError {}

/** A file cannot be read or written: the disk is full or read-only, or something else is in its place. */
export class StorageError extends ModulabError {}

/** The caller's AbortSignal fired. What was finished is in the checkpoint, where one was asked for. */
export class InterruptedError extends ModulabError {}
