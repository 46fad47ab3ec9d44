import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgressMeter, type ProgressEvent } from './progress.js';
import { progressLine } from './show-progress.js';

test('a meter reports its end, and not more often than every 100 ms before', () => {
  const events: ProgressEvent[] = [];
  const meter = new ProgressMeter((event) => events.push(event), 'count', 1000, 'sheep');
  for (let i = 1; i <= 1000; i++) meter.update(i);
  assert.ok(events.length < 20, `${events.length} events`);
  const last = events[events.length - 1];
  assert.deepEqual([last.done, last.total, last.etaMs], [1000, 1000, 0]);
});

test('what a checkpoint had finished does not count as pace', async () => {
  const events: ProgressEvent[] = [];
  const meter = new ProgressMeter((event) => events.push(event), 'resume', 100, 'batches');
  await new Promise((resolve) => setTimeout(resolve, 30));
  meter.update(91);
  // one batch took 30 ms here, nine are left
  assert.ok(events[0].etaMs! > 9 * 25, `${events[0].etaMs}`);
});

test('a progress line says share, count, pace, time gone and to go', () => {
  const event = {
    task: 'train',
    done: 120,
    total: 390,
    unit: 'batches',
    elapsedMs: 29_000,
    etaMs: 65_000,
    note: 'loss 0.4',
  };
  assert.equal(progressLine(event), 'train  30 % (120/390 batches)  4.1 batches/s  0:29 gone, 1:05 to go  loss 0.4');
  assert.match(progressLine({ ...event, done: 390, elapsedMs: 3_725_000 }), /100 % .* 1:02:05 in all/);
});
