import path from 'node:path';
import { projectRoot } from '../session/project-root.js';

const SHOWN = 10;

/** What ran longest, a line per test file, the slowest first; nothing for a single file. @param seconds by compiled file */
export function slowestFiles(seconds: ReadonlyMap<string, number>): string {
  if (seconds.size <= 1) return '';
  const slowest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  const lines = slowest.map(([file, took]) => {
    const source = path.relative(path.join(projectRoot, 'dist'), file).replace(/\.js$/, '.ts');
    return `${took.toFixed(1).padStart(8)} s  ${source}\n`;
  });
  return `The slowest of ${seconds.size} test files:\n${lines.join('')}`;
}
