import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { DataError, OptionError } from './errors.js';
import { notebook } from './notebook.js';

/** Sets environment variables for one test; undefined takes one away. */
function environment(t: TestContext, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    const set = (to: string | undefined) => (to === undefined ? delete process.env[name] : (process.env[name] = to));
    set(value);
    t.after(() => set(before));
  }
}
const NONE = { MODULAB_PRESET: undefined, MODULAB_SEED: undefined, MODULAB_DATA: undefined, MODULAB_MODELS: undefined };
const sizes = { laptop: { epochs: 12 }, smoke: { epochs: 1 } };

test('without settings: the laptop preset, seed 1, synthetic images drawn with it, no pretrained weights', async (t) => {
  environment(t, NONE);
  const setup = await notebook({ sizes });
  assert.deepEqual([setup.preset, setup.size, setup.seed, setup.real], ['laptop', { epochs: 12 }, 1, false]);
  assert.ok(setup.backend.name);
  assert.equal(setup.pretrained('net.safetensors'), null);
  assert.equal(setup.shipped('rescnn-quarter-cifar10'), null);
  const load = (seed?: number) =>
    setup.loadImages({ cifar10: { limit: 10 }, synthetic: { trainPerClass: 1, testPerClass: 1, seed } });
  const [own, given, other] = [await load(), await load(1), await load(2)];
  assert.equal(own.name, 'synthetic');
  assert.deepEqual(own.train.pixels, given.train.pixels);
  assert.notDeepEqual(own.train.pixels, other.train.pixels);
  assert.equal((await notebook()).size, undefined);
});

test('preset, seed and folders come from the environment', async (t) => {
  const folder = path.resolve('no-such-folder');
  environment(t, { MODULAB_PRESET: 'smoke', MODULAB_SEED: '7', MODULAB_DATA: folder, MODULAB_MODELS: folder });
  const { preset, size, seed, real, pretrained, shipped, loadImages } = await notebook({ sizes, seed: 3 });
  assert.deepEqual([preset, size, seed, real], ['smoke', { epochs: 1 }, 7, true]);
  assert.equal(pretrained('net.safetensors'), path.join(folder, 'net.safetensors'));
  assert.ok(fs.existsSync(shipped('rescnn-quarter-cifar10')!));
  const synthetic = { trainPerClass: 1, testPerClass: 1 };
  await assert.rejects(loadImages({ cifar10: { dir: folder }, synthetic }), DataError);
  assert.equal((await loadImages({ synthetic })).name, 'synthetic');
});

test('the seed is the option where the environment has none; weights for photographs alone are of no use', async (t) => {
  environment(t, { ...NONE, MODULAB_MODELS: 'models' });
  const { seed, pretrained } = await notebook({ seed: 3 });
  assert.equal(seed, 3);
  assert.equal(pretrained('net.safetensors'), null);
});

test('what cannot be is refused', async (t) => {
  environment(t, { ...NONE, MODULAB_PRESET: 'huge' });
  await assert.rejects(notebook(), OptionError);
  environment(t, NONE);
  await assert.rejects(
    notebook({ sizes: { smoke: 1 } as never }),
    /sizes: expected entries laptop and smoke, got smoke/,
  );
});
