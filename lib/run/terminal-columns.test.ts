import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutToColumns, inColumns, terminalColumns } from './terminal-columns.js';

test('columns of a terminal, not characters', () => {
  assert.equal(terminalColumns('abc é'), 5);
  assert.equal(terminalColumns('日本'), 4);
  assert.equal(terminalColumns('e\u0301'), 1);
  assert.equal(terminalColumns('🐈'), 2);
  assert.equal(terminalColumns('👩‍👩‍👧'), 2, 'one picture of several characters');
  assert.equal(terminalColumns('🇩🇪'), 2, 'a flag of two letters');
  assert.equal(cutToColumns('👩‍👩‍👧👩‍👩‍👧', 3), '👩‍👩‍👧…', 'not cut within');
  assert.equal(cutToColumns('abcdef', 4), 'abc…');
  assert.equal(cutToColumns('日本語', 4), '日…');
  assert.equal(cutToColumns('abc', 3), 'abc');
  assert.equal(cutToColumns('abc', 0), '');
  assert.equal(inColumns('日本語', 4), '日… ');
  assert.equal(inColumns('ab', 4), 'ab  ');
  assert.equal(inColumns('ab', 4, true), '  ab');
});
