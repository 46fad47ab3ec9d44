import fs from 'node:fs';
import { ModelError } from '../../errors.js';

/** Reads a model or weight file. @throws ModelError naming the file when it is missing, unreadable or empty */
export function readModelFile(path: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(path);
  } catch (cause) {
    throw new ModelError(`${path}: cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`, {
      cause,
    });
  }
  if (bytes.length === 0) throw new ModelError(`${path}: expected a model or weight file, got an empty file.`);
  return bytes;
}

/** Parses a JSON object. @throws ModelError naming the file */
export function parseJsonObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ModelError(`${what}: expected JSON, got "${text.slice(0, 40)}" (${(cause as Error).message}).`, {
      cause,
    });
  }
  if (!isObject(value))
    throw new ModelError(`${what}: expected a JSON object, got ${JSON.stringify(value).slice(0, 40)}.`);
  return value;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
