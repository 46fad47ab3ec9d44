/** A reporter for Node's test runner: what ran longest, file by file. */
import path from 'node:path';
import { projectRoot } from '../session/project-root.js';

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly nesting: number;
    readonly file?: string;
    readonly details?: { readonly duration_ms: number };
  };
}

const SHOWN = 10;

/** Test files by the time that their tests took, the slowest first. */
async function* slowestFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seconds = new Map<string, number>();
  for await (const { type, data } of events) {
    if (!['test:pass', 'test:fail'].includes(type) || data.nesting > 0 || !data.file) continue;
    seconds.set(data.file, (seconds.get(data.file) ?? 0) + (data.details?.duration_ms ?? 0) / 1000);
  }
  const slowest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  if (seconds.size <= 1) return;
  yield `The slowest of ${seconds.size} test files:\n`;
  for (const [file, took] of slowest) {
    const source = path.relative(path.join(projectRoot, 'dist'), file).replace(/\.js$/, '.ts');
    yield `${took.toFixed(1).padStart(8)} s  ${source}\n`;
  }
}

// What Node's runner loads is the module itself.
export = slowestFiles;
