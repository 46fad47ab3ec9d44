import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CausalCheck } from '../diagnose/causal-check.js';
import type { HeatMap } from '../diagnose/heat-map.js';
import { classOverlap as overlapOf } from '../diagnose/overlap.js';
import { OptionError } from '../errors.js';
import { reliability } from '../metrics/calibration.js';
import { causalCheck } from './causal-check.js';
import { classOverlap } from './class-overlap.js';
import { CIFAR10_NAMES, HOSTILE_NAMES } from './example-results.fixture.js';
import type { Figure } from './figure.js';
import { heatMapPairs } from './heat-map-pairs.js';
import { heatOverlay } from './heat-overlay.js';
import { reliabilityCurve } from './reliability-curve.js';
import { assertSnapshot } from './snapshot.fixture.js';

const overlap = (classNames: readonly string[]) =>
  overlapOf({
    layer: 'conv18',
    classNames,
    kernels: 12,
    mask: classNames.map((_, c) => Array.from({ length: 12 }, (_, k) => (c === 7 ? 0 : Number((k + c) % 5 < 2)))),
  });

const heatMap = (image: number, label: number, predicted: number): HeatMap => ({
  ...{ image, label, predicted, confidence: 0.4 + image / 40, layer: 'conv18', height: 2, width: 2 },
  values: Float32Array.from([0, 0.25, 0.5, 1]),
});

const images = (classNames: readonly string[]) => ({
  pixels: Uint8Array.from({ length: 20 * 4 * 4 * 3 }, (_, i) => (i * 37) % 256),
  labels: Int32Array.from({ length: 20 }, (_, i) => i % classNames.length),
  imageShape: [4, 4, 3] as const,
  classNames,
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
});

const pairs = (classNames: readonly string[]) =>
  classNames.map((className, c) => ({
    className,
    high: c === 2 ? null : heatMap(c, c, c),
    low: heatMap(c + 10, c, (c + 1) % classNames.length),
  }));

const check = (classNames: readonly string[]): CausalCheck => ({
  ...{ layer: 'conv18', kernels: 12, seed: 1, draws: 2, meanDrop: { relevant: 0.5, random: 0.05 }, stronger: 9 },
  rows: classNames.map((className, c) => ({
    className,
    images: 20,
    kernels: 3 + (c % 3),
    before: { own: 0.9, others: 0.9 },
    relevant: { own: 0.4 - c / 40, others: 0.9 },
    random: [0.9, 0.8 - c / 50].map((own) => ({ own, others: 0.88 })),
  })),
});

const calibrated = reliability(
  Array.from({ length: 60 }, (_, i) => ({ label: 0, predicted: Number(i % 7 > 4), confidence: 0.3 + (i % 12) / 17 })),
  10,
);

const figuresOf = (names: readonly string[], theme: 'light' | 'dark'): Record<string, Figure> => ({
  'class-overlap': classOverlap(overlap(names), { theme }),
  'heat-map-pairs': heatMapPairs(pairs(names), images(names), { theme }),
  'causal-check': causalCheck(check(names), { theme }),
  'reliability-curve': reliabilityCurve(calibrated, { theme }),
});

test('figures of a diagnosis are what they were', () => {
  for (const [name, figure] of Object.entries(figuresOf(CIFAR10_NAMES, 'light'))) assertSnapshot(name, figure);
});

test('every axis has a title, and names are inert', async () => {
  for (const figure of Object.values(figuresOf(HOSTILE_NAMES, 'dark'))) {
    const layout = figure.layout as Record<string, { title?: { text: string } }>;
    for (const key of Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name))) {
      assert.ok(layout[key].title?.text, `${figure.title}: ${key}`);
    }
    assert.ok(figure.altText.startsWith(figure.title));
    assert.doesNotMatch(figure.altText, /[\u001b\n]/);
    const tags = (await figure.toSVG()).match(/<[^>]*>/g)?.join('') ?? '';
    assert.ok(!/<(script|img|a|foreignObject)[\s>]|javascript:|onerror/i.test(tags), figure.title);
  }
});

test('a heat-map lies over the picture where it is hot', () => {
  const set = images(['a']);
  const rgba = heatOverlay({ ...set, pixels: new Uint8Array(set.pixels.length).fill(100) }, heatMap(0, 0, 0));
  const red = (y: number, x: number) => rgba[4 * (4 * y + x)];
  assert.ok(red(0, 0) < red(0, 3) && red(0, 3) < red(3, 0) && red(3, 0) < red(3, 3));
  assert.equal(Math.max(...rgba), 255);
});

test('nothing to show is refused', () => {
  assert.throws(() => reliabilityCurve(reliability([])), OptionError);
  assert.throws(() => causalCheck({ ...check(['a']), rows: [] }), OptionError);
  assert.throws(() => heatMapPairs([], images(['a', 'b'])), /expected 2 pairs/);
});
