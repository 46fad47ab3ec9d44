import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProgressEvent, ProgressMeter } from './progress.js';
import { progressLine } from './progress-line.js';

test('a meter reports its end, and not more often than every 100 ms before', () => {
  const events: ProgressEvent[] = [];
  const meter = new ProgressMeter((event) => events.push(event), 'count', 1000, 'sheep');
  for (let i = 1; i <= 1000; i++) meter.update(i);
  assert.ok(events.length < 20, `${events.length} events`);
  const last = events[events.length - 1];
  assert.deepEqual([last.done, last.total, last.etaMs], [1000, 1000, 0]);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('the time to go follows the pace, however much the first update counts', async () => {
  const events: ProgressEvent[] = [];
  const meter = new ProgressMeter((event) => events.push(event), 'evaluate', 10_000, 'images');
  await pause(30);
  meter.update(125);
  const [{ elapsedMs, etaMs }] = events;
  assert.ok(Math.abs(etaMs! / elapsedMs - 9875 / 125) < 1e-6, `${etaMs} ms to go after ${elapsedMs} ms`);
});

test('what had been done before does not count as pace', async () => {
  const events: ProgressEvent[] = [];
  const meter = new ProgressMeter((event) => events.push(event), 'resume', 7800, 'batches', 3900);
  meter.update(3900);
  await pause(120);
  meter.update(3902);
  assert.deepEqual([events[0].doneHere, events[0].etaMs], [0, null]);
  assert.equal(events[1].doneHere, 2);
  assert.ok(Math.abs(events[1].etaMs! / events[1].elapsedMs - 3898 / 2) < 1e-6);
  assert.match(progressLine({ ...events[1], elapsedMs: 250 }), /\(3902\/7800 batches\)  8\.0 batches\/s/);
});

test('a progress line says share, count, pace, time gone and to go', () => {
  const event = {
    task: 'train',
    done: 120,
    doneHere: 120,
    total: 390,
    unit: 'batches',
    elapsedMs: 29_000,
    etaMs: 65_000,
    note: 'loss 0.4',
  };
  assert.equal(progressLine(event), 'train  30 % (120/390 batches)  4.1 batches/s  0:29 gone, 1:05 to go  loss 0.4');
  assert.match(progressLine({ ...event, done: 390, doneHere: 390, elapsedMs: 3_725_000 }), /100 % .* 1:02:05 in all/);
});

test('downloads are shown in megabytes', () => {
  const event = {
    task: 'fetch a.bin',
    done: 50e6,
    doneHere: 50e6,
    total: 170e6,
    unit: 'bytes',
    elapsedMs: 10_000,
    etaMs: 24_000,
  };
  assert.equal(progressLine(event), 'fetch a.bin  29 % (50.0/170.0 MB)  5.0 MB/s  0:10 gone, 0:24 to go');
});
