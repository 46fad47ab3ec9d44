import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DataError, OptionError } from '../../errors.js';
import { writeFileAtomically } from '../../run/write-file.js';
import { checkedDecision, type KernelDecision } from './decision.js';

/**
 * Saves a decision as JSON, all or nothing.
 * @throws OptionError when the file is there and `overwrite` is not set
 */
export function writeDecision(file: string, decision: KernelDecision, options: { overwrite?: boolean } = {}): void {
  if (!options.overwrite && fs.existsSync(file)) {
    throw new OptionError(`'${file}' is there already. Name another file, or ask for it to be overwritten.`);
  }
  const { seenImages, ...rest } = checkedDecision(decision, 'writeDecision');
  // Lists on one line each: a decision is read by people, and compared in version control.
  const fields = Object.entries(rest).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const images = seenImages.map((image) => `    ${JSON.stringify(image)}`).join(',\n');
  const seen = seenImages.length === 0 ? '[]' : `[\n${images}\n  ]`;
  writeFileAtomically(file, `{\n${fields.join(',\n')},\n  "seenImages": ${seen}\n}\n`);
}

/** Reads one decision file. @throws DataError when it is not there or no decision */
export function readDecision(file: string): KernelDecision {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DataError(`'${file}' cannot be read: expected a decision file.`, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`'${file}' is no JSON: expected a decision file.`, { cause });
  }
  return checkedDecision(value, `'${file}'`);
}

/**
 * Reads a decision file, or all of a folder (`*.json`, by name).
 * @throws DataError when there is none, or a file is no decision
 * @example
 * for (const { layer, dropped, reason } of readDecisions('decisions')) console.log(layer, dropped, reason);
 */
export function readDecisions(fileOrFolder: string): KernelDecision[] {
  if (!fs.statSync(fileOrFolder, { throwIfNoEntry: false })?.isDirectory()) return [readDecision(fileOrFolder)];
  const files = fs.readdirSync(fileOrFolder).filter((name) => name.endsWith('.json'));
  if (files.length === 0) {
    throw new DataError(`'${fileOrFolder}' holds no decision file (*.json). Decide with a gallery first.`);
  }
  return files.sort().map((name) => readDecision(path.join(fileOrFolder, name)));
}

/** File of a layer's decision in a folder; never outside of it, whatever the layer's name. */
export function decisionFile(folder: string, layer: string): string {
  const name = layer.replaceAll(/[^\w-]/g, '_');
  // File systems have no room for more than some 255 bytes.
  const tooLong = name.length > 120;
  const digest = tooLong ? `-${createHash('sha256').update(layer).digest('hex').slice(0, 12)}` : '';
  return path.join(folder, `${name.slice(0, 120)}${digest}.json`);
}
