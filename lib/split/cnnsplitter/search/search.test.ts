import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../../errors.js';
import { resCnn } from '../../../models/architectures/res-cnn.js';
import { simCnn } from '../../../models/architectures/sim-cnn.js';
import { MT19937 } from '../../../run/mt19937.js';
import { traceModel } from '../../../surgery/trace/trace.js';
import { CNNSPLITTER_PRESETS } from '../presets.js';
import { resolveSettings } from '../resolve-settings.js';
import { nextPopulation, rankByFitness } from './breeding.js';
import type { Candidate } from './candidate.js';
import { bitCount, bitGroups } from './grouping.js';
import { KernelBits } from './kernel-bits.js';
import { mostAccurate } from './most-accurate.js';
import { initialPopulation } from './population.js';
import { createSurrogateFitness } from './surrogate-fitness.js';
import { tournament } from './tournament.js';

const lengths = (kernels: number) => bitGroups(kernels).map(({ length }) => length);

test('kernels are cut into groups as numpy array_split does (spec cnnsplitter §2.2)', () => {
  assert.deepEqual(lengths(64), [7, 7, 7, 7, 6, 6, 6, 6, 6, 6]);
  assert.deepEqual(lengths(128), [13, 13, 13, 13, 13, 13, 13, 13, 12, 12]);
  assert.deepEqual(lengths(256), [...Array<number>(56).fill(3), ...Array<number>(44).fill(2)]);
  assert.deepEqual(lengths(512), [...Array<number>(12).fill(6), ...Array<number>(88).fill(5)]);
  assert.equal(bitCount(4), 4);
  const simCnn = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512];
  assert.equal(
    simCnn.reduce((sum, kernels) => sum + bitCount(kernels), 0),
    940,
  );
  const resCnnIndependent = [64, 128, 128, 256, 512, 512, 512, 512, 512];
  assert.equal(
    resCnnIndependent.reduce((sum, kernels) => sum + bitCount(kernels), 0),
    30 + 600,
  );
});

test('first individuals keep the drawn share of every layer, important groups more often (spec cnnsplitter §2.5)', () => {
  const layers = [
    { bits: 10, initialRatios: [0.6, 0.7, 0.8] },
    { bits: 100, initialRatios: [0.4] },
  ];
  const population = initialPopulation(layers, 2000, new MT19937(5));
  const rank0 = [0, 0];
  let top50 = 0;
  for (const chromosome of population) {
    const first = chromosome.subarray(0, 10).reduce((a, b) => a + b, 0);
    assert.ok([6, 7, 8].includes(first), `kept ${first} of 10`);
    assert.equal(
      chromosome.subarray(10).reduce((a, b) => a + b, 0),
      40,
    );
    rank0[0] += chromosome[0];
    rank0[1] += chromosome[9];
    top50 += chromosome.subarray(10, 60).reduce((a, b) => a + b, 0);
  }
  assert.ok(rank0[0] > rank0[1] + 100, `rank 0 kept ${rank0[0]} times, rank 9 ${rank0[1]} times`);
  assert.ok(top50 / 2000 > 37, `of 40 kept groups ${top50 / 2000} are among the 50 most important`);
});

test('the first draw has the published probabilities: .151 for rank 0 and .061 for rank 9 of 10', () => {
  const counts = new Array<number>(10).fill(0);
  for (const one of initialPopulation([{ bits: 10, initialRatios: [0.1] }], 20000, new MT19937(11)))
    counts[one.indexOf(1)]++;
  assert.ok(Math.abs(counts[0] / 20000 - 0.151) < 0.008, `${counts[0] / 20000}`);
  assert.ok(Math.abs(counts[9] / 20000 - 0.061) < 0.006, `${counts[9] / 20000}`);
});

test('of equal fitness the higher row ranks first, after the winner', () => {
  assert.deepEqual(rankByFitness([0, 0.9, 0, 0.9, 0.5], 1), [1, 3, 4, 2, 0]);
});

test('a new population starts with the elites and keeps its size; children mix neighbouring parents', () => {
  const population = [0, 1, 2, 3].map((v) => new Uint8Array(40).fill(v % 2));
  const rng = new MT19937(1);
  const unmutated = nextPopulation(population, [3, 2, 1, 0], { elites: 1, parents: 2, mutation: 0 }, rng);
  assert.equal(unmutated.length, 4);
  assert.deepEqual(unmutated[0], population[3]);
  const switches = (c: Uint8Array) => c.reduce((n, bit, i) => n + (i > 0 && bit !== c[i - 1] ? 1 : 0), 0);
  for (const child of unmutated.slice(1)) assert.ok(switches(child) <= 1);
  const mutated = nextPopulation(population, [0, 2, 1, 3], { elites: 0, parents: 2, mutation: 0.5 }, rng);
  const flipped = mutated.map((c) => c.reduce((a, b) => a + b, 0));
  assert.ok(
    flipped.every((n) => n > 0 && n <= 20),
    `${flipped.join()}`,
  );
});

test('packed kernel sets give the Jaccard index', () => {
  const bits = (a: number[], b: number[]) => KernelBits.of({ x: Uint8Array.from(a), y: Uint8Array.from(b) });
  const wide = Array.from({ length: 70 }, (_, i) => (i < 35 ? 1 : 0));
  assert.equal(bits(wide, [1, 0]).jaccard(bits(wide, [0, 1])), 35 / 37);
  assert.equal(bits(wide, [1, 1]).jaccard(bits(wide, [1, 1])), 1);
});

/** The tournament's definition, without pruning and without shortcuts. */
function bruteForce(
  logits: Float32Array[][],
  labels: Int32Array,
  diff: (i: number, a: number, j: number, b: number) => number,
  w: number,
) {
  let best = -Infinity;
  const walk = (chosen: number[]): void => {
    if (chosen.length < logits.length) return logits[chosen.length].forEach((_, a) => walk([...chosen, a]));
    let hits = 0;
    labels.forEach((label, i) => {
      const scores = chosen.map((a, c) => logits[c][a][i]);
      if (scores.indexOf(Math.max(...scores)) === label) hits++;
    });
    let sum = 0;
    let pairs = 0;
    for (let i = 0; i < chosen.length; i++)
      for (let j = i + 1; j < chosen.length; j++, pairs++) sum += diff(i, chosen[i], j, chosen[j]);
    best = Math.max(best, w * (hits / labels.length) + 0.1 * (sum / pairs));
  };
  walk([]);
  return best;
}

test('an unpruned tournament finds the best of all combinations, for even and odd numbers of classes', () => {
  for (const classes of [2, 3, 4, 5]) {
    const rng = new MT19937(classes);
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % classes);
    const logits = Array.from({ length: classes }, (_, c) =>
      Array.from({ length: 3 }, () => Float32Array.from(labels, (label) => rng.nextNormal() + (label === c ? 1 : 0))),
    );
    const table = Array.from({ length: 3 * classes * 3 * classes }, () => rng.nextDouble());
    const diff = (i: number, a: number, j: number, b: number) => {
      const [x, y] = [3 * i + a, 3 * j + b].sort((p, q) => p - q);
      return table[x * 3 * classes + y];
    };
    const options = { keepAccuracy: [0], keepAtLeast: 1e6, keepAtMost: 1e6, accuracyWeight: 0.9, diffWeight: 0.1 };
    const candidates = logits.map((rows, classIndex) => ({ classIndex, logits: rows }));
    const result = tournament(candidates, labels, diff, options, new MT19937(2));
    const top = 0.9 * result.best.accuracy + 0.1 * result.best.diff;
    assert.ok(Math.abs(top - bruteForce(logits, labels, diff, 0.9)) < 1e-9);
    result.fitness.forEach((row, c) => {
      assert.ok(Math.abs(row[result.best.candidates[c]] - top) < 1e-12);
      assert.ok(
        row.every((f) => f > 0),
        'unpruned, every candidate is in some combination',
      );
    });
  }
});

test('pruning keeps the bounds, gives 0 to the dropped, and never loses the incumbent', () => {
  const labels = Int32Array.from({ length: 60 }, (_, i) => i % 3);
  // candidate 0 of every class is poor, candidate 1 perfect, the rest middling
  const rng = new MT19937(9);
  const quality = [-0.5, 5, 0.5, 0.6, 0.7];
  const candidates = [0, 1, 2].map((classIndex) => ({
    classIndex,
    logits: quality.map((q) =>
      Float32Array.from(labels, (label) => rng.nextNormal() * 0.5 + (label === classIndex ? q : 0)),
    ),
  }));
  const options = { keepAccuracy: [0.99], keepAtLeast: 2, keepAtMost: 4, accuracyWeight: 0.9, diffWeight: 0 };
  const without = tournament(candidates, labels, () => 0, options, new MT19937(3));
  assert.deepEqual(without.best.candidates, [1, 1, 1]);
  assert.equal(without.fitness[0][0], 0);
  const withIncumbent = tournament(candidates, labels, () => 0, { ...options, incumbent: [0, 0, 0] }, new MT19937(3));
  assert.ok(withIncumbent.fitness.every((row) => row[0] > 0));
  assert.deepEqual(withIncumbent.best.candidates, [1, 1, 1]);
});

test('without pruning all combinations go on, as far as a million', () => {
  const labels = Int32Array.from({ length: 4 }, (_, i) => i);
  const candidates = [0, 1, 2, 3].map((classIndex) => ({
    classIndex,
    logits: Array.from({ length: 40 }, () => new Float32Array(4)),
  }));
  const options = { keepAccuracy: [0], keepAtLeast: 1, keepAtMost: 1, accuracyWeight: 1, diffWeight: 0 };
  const run = (each: number) =>
    tournament(
      candidates.map(({ classIndex, logits }) => ({ classIndex, logits: logits.slice(0, each) })),
      labels,
      () => 0,
      { ...options, pruning: 'none' },
      new MT19937(1),
    );
  assert.ok(run(3).fitness.every((row) => row.every((value) => value > 0)));
  assert.throws(() => run(40), /pruning: 'none' would carry 2,560,000 combinations/);
});

test('settings: presets can be printed and overridden; nonsense is refused', () => {
  assert.equal(resolveSettings({ preset: 'smoke' }).population, CNNSPLITTER_PRESETS.smoke.population);
  assert.equal(resolveSettings({ preset: 'smoke', population: 9 }).population, 9);
  assert.throws(
    () => resolveSettings({ preset: 'huge' as 'smoke' }),
    /expected one of smoke, laptop, paper.*, got 'huge'/,
  );
  assert.throws(() => resolveSettings({ parents: 50 }), OptionError);
  assert.throws(() => resolveSettings({ mutation: 5 }), /mutation: expected a number from 0 to 1, got 5/);
});

test('published presets name the layers of the networks they are for, and can be printed', () => {
  for (const [name, settings] of Object.entries(CNNSPLITTER_PRESETS)) {
    assert.deepEqual(JSON.parse(JSON.stringify(settings)), settings, name);
    if (!name.startsWith('paper/')) continue;
    const model = name.includes('simcnn') ? simCnn({ width: 1 / 16 }) : resCnn({ width: 1 / 16 });
    const known = traceModel(model).convLayers.map((layer) => layer.name);
    const { sensitiveLayers } = settings as { sensitiveLayers: readonly string[] };
    assert.ok(
      sensitiveLayers.every((layer) => known.includes(layer)),
      name,
    );
    assert.equal(resolveSettings({ preset: name as 'paper/simcnn-cifar10' }).elites, 20);
    model.dispose();
  }
});

test('the most accurate of a product: as a stable sort, for any bound', () => {
  const rng = new MT19937(3);
  const counts = Int32Array.from({ length: 300 }, () => rng.nextInterval(12));
  const sorted = [...counts.keys()].sort((a, b) => counts[b] - counts[a]);
  for (const keep of [1, 5, 60, 299, 300, 1000]) {
    assert.deepEqual(mostAccurate(counts, 12, keep), sorted.slice(0, keep));
  }
});

test('a surrogate scores a candidate as the tournament scores its combination', () => {
  const classes = 4;
  const rng = new MT19937(12);
  const labels = Int32Array.from({ length: 60 }, (_, i) => i % classes);
  const candidate = (c: number): Candidate => {
    const selection = { layer: Uint8Array.from({ length: 40 }, () => rng.nextInterval(1)) };
    const logits = Float32Array.from(labels, (label) => rng.nextNormal() + (label === c ? 1 : 0));
    return { chromosome: selection.layer, selection, kernels: KernelBits.of(selection), logits, seen: 60 };
  };
  const combination = Array.from({ length: classes }, (_, c) => candidate(c));
  const weights = { accuracyWeight: 0.95, diffWeight: 0.1 };
  const child = candidate(2);
  const together = combination.with(2, child);
  const { best } = tournament(
    together.map(({ logits }, classIndex) => ({ classIndex, logits: [logits] })),
    labels,
    (i, _a, j) => 1 - together[i].kernels.jaccard(together[j].kernels),
    { keepAccuracy: [0], keepAtLeast: 1, keepAtMost: 1, ...weights },
    rng,
  );
  const score = createSurrogateFitness(combination, labels, weights)(child, 2);
  assert.ok(Math.abs(score - (0.95 * best.accuracy + 0.1 * best.diff)) < 1e-12);
});
