import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { presetFromEnvironment, seedFromEnvironment } from './preset.js';

const saved = { ...process.env };
afterEach(() => {
  for (const name of ['MODULAB_PRESET', 'MODULAB_SEED']) {
    if (saved[name] === undefined) delete process.env[name];
    else process.env[name] = saved[name];
  }
});

test('the preset is the first one unless the environment names another', () => {
  process.env['MODULAB_PRESET'] = '';
  assert.equal(presetFromEnvironment(['laptop', 'smoke']), 'laptop');
  process.env['MODULAB_PRESET'] = 'smoke';
  assert.equal(presetFromEnvironment(['laptop', 'smoke']), 'smoke');
  process.env['MODULAB_PRESET'] = 'paper';
  assert.throws(() => presetFromEnvironment(['laptop', 'smoke']), /expected one of laptop, smoke, got 'paper'/);
});

test('the seed is a whole number or refused', () => {
  process.env['MODULAB_SEED'] = '';
  assert.equal(seedFromEnvironment(1), 1);
  process.env['MODULAB_SEED'] = '42';
  assert.equal(seedFromEnvironment(1), 42);
  for (const bad of ['abc', '-1', '1.5', '4294967296']) {
    process.env['MODULAB_SEED'] = bad;
    assert.throws(() => seedFromEnvironment(1), /MODULAB_SEED: expected a whole number/);
  }
});
