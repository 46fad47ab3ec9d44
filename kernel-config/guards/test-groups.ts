/** Test files that may share a process, since what they need of it is loaded once then: half of most small files' time. */
import path from 'node:path';

/** What a file does to its process, or asks of it, with which others would not stand it. */
const WANTS_ITS_OWN = new RegExp(
  [
    String.raw`process\.(?:env|chdir|on\b|once|emit|exit|std|kill)`,
    String.raw`\bmock\.|setBackend|registerBackend|spawn|globalThis|Worker\(|require\.cache|NO_BROWSER`,
  ].join('|'),
);
/** Files of a group; more take turns too seldom for the lanes to end together. */
const LARGEST = 14;

/**
 * Test files in groups, each for one process. The library's are grouped by room, in their order; others, and those that change their
 * process or look at all of it, stay alone.
 * @param files paths relative to the project
 * @param apart whether a file has a process of its own in any case, as long ones have
 */
export function testGroups(
  files: readonly string[],
  read: (file: string) => string,
  apart: (file: string) => boolean,
): string[][] {
  const alone: string[][] = [];
  const rooms = new Map<string, string[][]>();
  for (const file of files) {
    if (!file.startsWith('lib/') || apart(file) || WANTS_ITS_OWN.test(read(file))) {
      alone.push([file]);
      continue;
    }
    const room = file.split('/').slice(0, 2).join('/');
    const groups = rooms.get(room) ?? [];
    rooms.set(room, groups);
    const last = groups.at(-1);
    if (last && last.length < LARGEST) last.push(file);
    else groups.push([file]);
  }
  return [...alone, ...[...rooms.values()].flat()];
}

/** A program that runs the compiled files' tests, each file's in a suite that its path names. @param dist the folder of compiled files */
export function groupProgram(files: readonly string[], dist: string): string {
  const suites = files.map((file) => {
    const compiled = path.join(dist, file.replace(/\.ts$/, '.js'));
    return `describe(${JSON.stringify(file)}, () => void require(${JSON.stringify(compiled)}));\n`;
  });
  return `const { describe } = require('node:test');\n${suites.join('')}`;
}
