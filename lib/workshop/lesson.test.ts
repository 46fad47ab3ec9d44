import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { capturedLines } from './captured-lines.fixture.js';
import { judgeNumber } from './judges/judge-number.js';
import type { Exercise } from './judges/verdict.js';
import { openLesson, OUTCOME } from './lesson.js';

const half: Exercise<{ truth: number }> = {
  id: '1.1',
  judge: (answer, { truth }) =>
    judgeNumber(answer, { value: truth, unit: 'fraction', slips: [[0.25, 'That is a quarter.']], praise: 'Right.' }),
  hints: ['first hint', 'second hint'],
};
const extra: Exercise<{ truth: number }> = { ...half, id: '1.2', optional: true };

const open = () => openLesson([half, extra], { truth: 0.5 });

test('placeholders are not yet answers, and nothing throws', async () => {
  const lines = await capturedLines(async () => {
    const { check } = open();
    for (const empty of [null, undefined, [], [null, null], { a: null }, {}]) await check('1.1', empty);
  });
  assert.equal(lines.length, 6);
  for (const line of lines) assert.deepEqual(OUTCOME.exec(line)?.slice(1), ['…', '1.1']);
});

test('right answers are right, wrong ones get stronger hints, the same one again does not', async () => {
  const lines = await capturedLines(async () => {
    const { check } = open();
    for (const answer of [0.5, 0.1, 0.1, 0.2, 0.3, 0.5]) await check('1.1', answer);
  });
  assert.deepEqual(
    lines.map((line) => OUTCOME.exec(line)?.[1]),
    ['✓', '✗', '✗', '✗', '✗', '✓'],
  );
  assert.match(lines[1], /first hint/);
  assert.match(lines[2], /same answer/);
  assert.match(lines[3], /second hint.*last hint/);
  assert.match(lines[4], /second hint/);
});

test('a recognised slip is named first, and a hint is added from the second wrong answer on', async () => {
  const lines = await capturedLines(async () => {
    const { check } = open();
    for (const answer of [50, 0.25, '0.5']) await check('1.1', answer);
  });
  assert.match(lines[0], /percent/);
  assert.doesNotMatch(lines[0], /hint/i);
  assert.match(lines[1], /quarter.*first hint/);
  assert.match(lines[2], /Expected a number, got the text '0.5'.*second hint/);
});

test('promises and failing judges are wrong answers', async () => {
  const lines = await capturedLines(async () => {
    const { check } = open();
    await check('1.1', Promise.reject(new Error('nobody waits for this')));
    await openLesson([{ ...half, judge: () => assert.fail('oh') }], { truth: 1 }).check('1.1', 1);
  });
  assert.match(lines[0], /✗ 1.1 .*await/);
  assert.match(lines[1], /✗ 1.1 .*stumbles.*oh/);
});

test('later data reach the judge; unknown exercises are refused', async () => {
  const lines = await capturedLines(() => open().check('1.1', 0.75, { truth: 0.75 }));
  assert.match(lines[0], /✓/);
  await assert.rejects(open().check('7.7', 1), OptionError);
});

test('the summary counts what is not optional; hint() gives hints on demand', async () => {
  const lines = await capturedLines(async () => {
    const { check, hint, summary } = open();
    summary();
    hint('1.1');
    hint('1.1');
    await check('1.1', 0.5);
    summary();
  });
  assert.match(lines[0], /^0 of 1 .*To do: 1.1/);
  assert.match(lines[1], /first hint/);
  assert.match(lines[2], /second hint/);
  assert.match(lines[4], /^1 of 1 .*All done/);
});
