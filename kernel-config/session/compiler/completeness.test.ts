import assert from 'node:assert/strict';
import { test } from 'node:test';
import typescript from 'typescript';
import { completenessOf } from './completeness.js';

const isComplete = (code: string) => completenessOf(typescript, code).complete;

test('what goes on in the next line', () => {
  for (const code of [
    'function f() {',
    'if (x) {',
    'fit(model, data, {',
    'fit(model,',
    '[1, 2,',
    'const x =',
    'const x: number =',
    'const x:',
    '1 +',
    'x.',
    'a ? b :',
    'a && ',
    'const f = (x: number) =>',
    'class A {\n  x = 1;',
    '`a template',
    '`with ${1 +',
    '/* a comment',
    'await fit(',
    'for (const x of y)',
    'import {',
    'type T = {',
    'while (true)',
    'new Map<',
    '({ a: 1,',
  ]) {
    assert.equal(isComplete(code), false, code);
  }
});

test('what can be run, or is wrong in a way that more lines do not mend', () => {
  for (const code of [
    '',
    '  ',
    '1 + 1',
    'const x = await fit(model, data)',
    'await 1;',
    'function f() {}',
    '// a comment',
    'if (x) { y(); }',
    '`a template`',
    'const s = "unterminated',
    "'unterminated",
    'let let = 1',
    'f(]',
    '}',
    ')',
    'const a: string = 5',
    'x = <number>y',
    'for (const x of y) { z(x); }',
    'type T = { a: 1 }',
    'a b c',
  ]) {
    assert.equal(isComplete(code), true, code);
  }
});

test('what is no TypeScript, however it goes on', () => {
  const isInvalid = (code: string) => completenessOf(typescript, code).invalid;
  for (const code of ['const = 5', 'f(]', 'a b c', "'unterminated", ')']) assert.equal(isInvalid(code), true, code);
  for (const code of ['const x = 5', '`open', 'if (x) {', '', 'const a: string = 5']) {
    assert.equal(isInvalid(code), false, code);
  }
});

test('the next line is indented as the last one, or more behind an open bracket', () => {
  const indent = (code: string) => completenessOf(typescript, code).indent;
  assert.equal(indent('if (x) {'), '  ');
  assert.equal(indent('if (x) {\n  f('), '    ');
  assert.equal(indent('if (x) {\n  f();'), '  ');
  assert.equal(indent('if (x) { // why'), '  ');
  assert.equal(indent('const x ='), '');
});
