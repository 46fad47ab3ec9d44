import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import {
  checkOption,
  checkOptions,
  listOf,
  numberFrom,
  oneOf,
  type OptionRule,
  orNull,
  POSITIVE,
  resolvePreset,
  SHARE,
  wholeNumber,
} from './check-options.js';

const refused = (value: unknown, rule: OptionRule, message: string) =>
  assert.throws(
    () => checkOption('size', value, rule),
    (e) => e instanceof OptionError && e.message === `size: ${message}.`,
  );

test('an option is refused in one wording, whatever is wrong with it', () => {
  refused(0, wholeNumber(), 'expected a whole number from 1 on, got 0');
  refused(2.5, wholeNumber(0, 4), 'expected a whole number from 0 to 4, got 2.5');
  refused('3', wholeNumber(), "expected a whole number from 1 on, got '3'");
  refused(NaN, numberFrom(0), 'expected a number from 0 on, got NaN');
  refused(Infinity, POSITIVE, 'expected a positive number, got Infinity');
  refused(1.1, SHARE, 'expected a share above 0, at most 1, got 1.1');
  refused('c', oneOf(['a', 'b']), "expected one of a, b, got 'c'");
  refused(undefined, orNull(wholeNumber()), 'expected a whole number from 1 on, or null, got undefined');
  refused([], listOf(numberFrom(0, 1)), 'expected a list of at least one item, each a number from 0 to 1, got []');
  refused(
    [0.5, 2],
    listOf(numberFrom(0, 1)),
    'expected a list of at least one item, each a number from 0 to 1, got [0.5,2]',
  );
});

test('what fits passes', () => {
  checkOption('size', null, orNull(wholeNumber()));
  checkOption('size', [0, 1], listOf(numberFrom(0, 1)));
  checkOptions({ epochs: 3, rate: 0.1, other: 'x' }, { epochs: wholeNumber(), rate: POSITIVE });
});

test('settings are checked one after the other, by the name that the caller knows', () => {
  const wrong = () => checkOptions({ epochs: 1, rate: -1 }, { epochs: wholeNumber(), rate: POSITIVE }, 'retrain');
  assert.throws(wrong, /^OptionError: retrain\.rate: expected a positive number, got -1\.$/);
});

test('a preset is taken with what is given beside it, and nothing else', () => {
  const small: { epochs: number; rate: number | null } = { epochs: 1, rate: null };
  const large = { epochs: 9, rate: 0.5 };
  const presets = { small, large };
  assert.deepEqual(resolvePreset<typeof small>(presets, { epochs: undefined }, 'large'), large);
  const options = { preset: 'small', rate: 2, checkpoint: 'file' };
  assert.deepEqual(resolvePreset<typeof small>(presets, options, 'large'), { epochs: 1, rate: 2 });
  assert.equal(small.rate, null);
  assert.throws(
    () => resolvePreset<typeof small>(presets, { preset: 'toString' }, 'large'),
    /preset: expected one of small, large, got 'toString'/,
  );
});
