const SHOWN = 10;

/** What ran longest, a line per test file, the slowest first; nothing for a single file. @param seconds by test file */
export function slowestFiles(seconds: ReadonlyMap<string, number>): string {
  if (seconds.size <= 1) return '';
  const slowest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  const lines = slowest.map(([file, took]) => `${took.toFixed(1).padStart(8)} s  ${file}\n`);
  return `The slowest of ${seconds.size} test files:\n${lines.join('')}`;
}
