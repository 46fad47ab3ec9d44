import fs from 'node:fs';
import path from 'node:path';
import { isObject } from '../formats/model-file.js';

/** Names of a model's classes, and the file that says them. */
export interface FoundClassNames {
  readonly names: readonly string[];
  readonly from: string;
}

/** What files beside a model say about it. */
export interface BesideModel {
  readonly classNames: FoundClassNames | null;
  /** Whether they are those that Teachable Machine writes: its networks take values from −1 to 1. */
  readonly teachableMachine: boolean;
  /** Files with names that are not as many as the classes. */
  readonly unused: readonly string[];
}

const TEXTS = ['labels.txt', 'class_names.txt', 'classnames.txt', 'classes.txt'];
const JSONS = ['metadata.json', 'class_names.json', 'classes.json', 'labels.json', 'class_indices.json'];
const MOST_BYTES = 4_000_000;

/**
 * Reads class names from the files that Teachable Machine and others put beside a model: `metadata.json` (labels), `labels.txt`
 * (with or without numbers), `class_names.txt` and `.json`, `class_indices.json`.
 * @param file the model's
 * @param classes how many classes it tells apart; names that are more or fewer are not taken
 */
export function readBeside(file: string, classes: number): BesideModel {
  const folder = path.dirname(file);
  let classNames: FoundClassNames | null = null;
  let teachableMachine = false;
  const unused: string[] = [];
  for (const from of [...JSONS.slice(0, 1), ...TEXTS, ...JSONS.slice(1)]) {
    const text = readText(path.join(folder, from));
    if (text === null) continue;
    const read = from.endsWith('.json') ? namesInJson(text) : namesInText(text);
    if (!read) continue;
    if (read.names.length !== classes) {
      unused.push(`${from} has ${read.names.length} names, the model tells ${classes} classes apart: not taken`);
      continue;
    }
    classNames ??= { names: read.names, from };
    teachableMachine ||= read.teachableMachine;
  }
  return { classNames, teachableMachine, unused };
}

function readText(file: string): string | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size > MOST_BYTES) return null;
  return fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
}

interface ReadNames {
  readonly names: string[];
  readonly teachableMachine: boolean;
}

/** One name a line; Teachable Machine puts the class's number in front. */
function namesInText(text: string): ReadNames | null {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== ''); // prettier-ignore
  if (lines.length === 0) return null;
  const numbered = lines.map((line) => /^(\d+)[\s:,]+(.+)$/.exec(line));
  for (const start of [0, 1]) {
    if (!numbered.every((match, i) => match && Number(match[1]) === i + start)) continue;
    return { names: numbered.map((match) => match![2].trim()), teachableMachine: start === 0 };
  }
  return { names: lines, teachableMachine: false };
}

function namesInJson(text: string): ReadNames | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null; // of another program
  }
  const isNames = (value: unknown): value is string[] =>
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
  if (isNames(json)) return { names: json, teachableMachine: false };
  if (!isObject(json)) return null;
  for (const key of ['labels', 'class_names', 'classNames', 'classes', 'label_names']) {
    const names = json[key];
    if (!isNames(names)) continue;
    const machine =
      typeof json['imageSize'] === 'number' || JSON.stringify(json['packageName'] ?? '').includes('teachablemachine');
    return { names, teachableMachine: machine };
  }
  const entries = Object.entries(json);
  if (entries.length === 0) return null;
  // {"0": "cat", "1": "dog"} or {"cat": 0, "dog": 1}
  const byNumber = entries.map(([key, value]) => (/^\d+$/.test(key) ? [Number(key), value] : [value, key]));
  const names: string[] = [];
  for (const [at, name] of byNumber) {
    if (!Number.isInteger(at) || typeof name !== 'string' || (at as number) >= entries.length) return null;
    names[at as number] = name;
  }
  return names.filter((name) => name !== undefined).length === entries.length
    ? { names, teachableMachine: false }
    : null;
}
