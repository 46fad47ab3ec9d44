import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type OnProgress, ProgressMeter } from './progress.js';
import { memoryNote } from './progress-line.js';
import { logPlace, progressAt, type ProgressPlace, terminalPlace } from './show-progress.js';

let now = 0;
beforeEach((t) => {
  now = 0;
  (t as { mock?: typeof import('node:test').mock }).mock!.method(performance, 'now', () => now);
});

/** Two stages of one task, each with a part of ten steps; `ms` is how long a step takes. */
function work(onProgress: OnProgress, ms: number): void {
  const meter = new ProgressMeter(onProgress, 'simplify', 2, 'layers');
  for (let stage = 1; stage <= 2; stage++) {
    const part = new ProgressMeter(meter.inner, `retrain ${stage}`, 10, 'batches');
    for (let step = 1; step <= 10; step++) {
      now += ms;
      part.update(step, `loss ${step}`);
    }
    meter.update(stage);
  }
}

const stream = () => {
  const written: string[] = [];
  return { written, columns: 60, write: (text: string) => written.push(text) };
};
const extra = () => 'memory 100 MB';

/** As `notebookPlace`, outside a notebook. */
function displays(cell: () => unknown) {
  const shown: string[][] = [];
  const open = () => {
    const states: string[] = [];
    shown.push(states);
    return (text: string) => states.push(text);
  };
  const place: ProgressPlace = { intervalMs: 500, open, position: cell };
  return { shown, place };
}

test('a notebook gets one line for a task and its parts', () => {
  const { shown, place } = displays(() => 1);
  work(progressAt(place, extra), 300);
  assert.equal(shown.length, 1);
  assert.deepEqual(shown[0].slice(0, 2), [
    'simplify  0 % (0/2 layers)  0:00 gone, ? to go · retrain 1  10 % (1/10 batches)  3.3 batches/s  0:00 gone, 0:03 to go  loss 1  memory 100 MB',
    'simplify  0 % (0/2 layers)  0:01 gone, ? to go · retrain 1  30 % (3/10 batches)  3.3 batches/s  0:01 gone, 0:02 to go  loss 3  memory 100 MB',
  ]);
  assert.equal(shown[0].at(-1), 'simplify  100 % (2/2 layers)  0.3 layers/s  0:06 in all  memory 100 MB');
  assert.ok(shown[0].length <= 12, `${shown[0].length} updates in 6 s`);
});

test('a notebook gets one line for a task that is repeated in a cell, and a new one in the next cell', () => {
  let cell = 1;
  const { shown, place } = displays(() => cell);
  const onProgress = progressAt(place, extra);
  for (let i = 0; i < 3; i++) work(onProgress, 1);
  assert.equal(shown.length, 1);
  assert.match(shown[0].at(-1)!, /100 % \(2\/2 layers\).*\(run 3\)$/);
  cell = 2;
  work(onProgress, 1);
  assert.equal(shown.length, 2);
  assert.doesNotMatch(shown[1].at(-1)!, /run/);
});

test('a task that was stopped takes nothing from the next one', () => {
  const { shown, place } = displays(() => 1);
  const onProgress = progressAt(place, extra);
  new ProgressMeter(onProgress, 'train', 10, 'batches').update(3);
  new ProgressMeter(onProgress, 'evaluate', 10, 'images').update(10);
  assert.deepEqual(
    shown.map((states) => states.map((text) => text.slice(0, 15))),
    [['train  30 % (3/'], ['evaluate  100 %']],
  );
});

test('a terminal gets one line that is overwritten and never wraps', () => {
  const terminal = stream();
  work(progressAt(terminalPlace(terminal), extra), 300);
  assert.ok(
    terminal.written.every((text) => text.startsWith('\r\x1b[2K') && text.length <= 59 + 6),
    terminal.written[0],
  );
  assert.equal(terminal.written.filter((text) => text.endsWith('\n')).length, 1);
  assert.equal(terminal.written.at(-1), '\r\x1b[2Ksimplify  100 % (2/2 layers)  0.3 layers/s  0:06 in all  me\n');
});

test('a terminal keeps the line of a task that was stopped', () => {
  const terminal = stream();
  const onProgress = progressAt(terminalPlace(terminal), extra);
  new ProgressMeter(onProgress, 'train', 10, 'batches').update(3);
  new ProgressMeter(onProgress, 'evaluate', 10, 'images').update(10);
  assert.deepEqual(
    terminal.written.map((text) => text.slice(0, 12)),
    ['\r\x1b[2Ktrain  ', '\n', '\r\x1b[2Kevaluat'],
  );
});

test('a log gets a line at the start, one every ten seconds and one at the end', () => {
  const log = stream();
  work(progressAt(logPlace(log), extra), 1500);
  assert.deepEqual(log.written, [
    'simplify  0 % (0/2 layers)  0:02 gone, ? to go · retrain 1  10 % (1/10 batches)  0.7 batches/s  0:02 gone, 0:14 to go  loss 1  memory 100 MB\n',
    'simplify  0 % (0/2 layers)  0:12 gone, ? to go · retrain 1  80 % (8/10 batches)  0.7 batches/s  0:12 gone, 0:03 to go  loss 8  memory 100 MB\n',
    'simplify  50 % (1/2 layers)  0:23 gone, 0:08 to go · retrain 2  50 % (5/10 batches)  0.7 batches/s  0:08 gone, 0:08 to go  loss 5  memory 100 MB\n',
    'simplify  100 % (2/2 layers)  0.1 layers/s  0:30 in all  memory 100 MB\n',
  ]);
});

test('names out of files neither move the cursor nor flood the line', () => {
  const log = stream();
  new ProgressMeter(progressAt(logPlace(log), extra), `a\x1b[2J\nb${'x'.repeat(10_000)}`, 1, 'images').update(1);
  assert.equal(log.written.length, 1);
  assert.match(log.written[0], /^a bx{70,80}…  100 % \(1\/1 images\)  .*  memory 100 MB\n$/);
});

test('memory is told in megabytes', () => {
  assert.match(memoryNote(), /^memory \d+ MB, tensors \d+ MB$/);
});
