// A lock file that only a living process holds: its holder touches it every second. Process numbers say nothing, because
// they repeat in containers, which may share the folder. Uses nothing but Node.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 1000;
const POLL_MS = 300;

/**
 * Waits for the lock file, and takes over one that nobody has touched for `staleMs`.
 * @param {string} file
 * @param {{ staleMs?: number, say?: (line: string) => void }} [options] `say` hears once that there is a wait
 * @returns {Promise<() => void>} releases the lock
 */
export async function acquireLock(file, { staleMs = 10_000, say = console.error } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mark = randomUUID();
  if (create(file, mark)) return hold(file, mark);
  let seen = stateOf(file);
  let seenAt = performance.now();
  for (let told = false; ; await sleep(POLL_MS)) {
    if (create(file, mark)) return hold(file, mark);
    const now = stateOf(file);
    if (now !== seen) {
      seen = now;
      seenAt = performance.now();
    } else if (performance.now() - seenAt > staleMs) {
      fs.writeFileSync(file, mark);
      await sleep(POLL_MS); // several may take it over at once: the last to write has it
      if (markIn(file) === mark) return hold(file, mark);
    }
    if (!told) {
      say(`Another set-up holds ${file}; waiting for it. If there is none, this takes ${staleMs / 1000} s,`);
      say('or delete that file.');
      told = true;
    }
  }
}

/** @param {string} file @param {string} mark */
function create(file, mark) {
  try {
    fs.writeFileSync(file, mark, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file @param {string} mark */
function hold(file, mark) {
  const heartbeat = setInterval(() => {
    const now = new Date();
    if (markIn(file) === mark) fs.utimes(file, now, now, () => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  const release = () => {
    clearInterval(heartbeat);
    process.removeListener('exit', release);
    if (markIn(file) === mark) fs.rmSync(file, { force: true });
  };
  process.once('exit', release);
  return release;
}

/** Changes whenever the holder or its last sign of life does. @param {string} file */
function stateOf(file) {
  const time = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return `${markIn(file)} ${time}`;
}

/** @param {string} file */
function markIn(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null; // released
  }
}
