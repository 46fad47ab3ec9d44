import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classReport } from '../../lib/metrics/class-report.js';
import { classSection, headline, mistakesSection } from './class-sections.js';

test('the headline says in words what is weak and what it is taken for', () => {
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2];
  const found = [0, 0, 1, 1, 1, 1, 1, 1, 2];
  const html = headline(classReport(labels, found, ['cat', 'dog', 'fox']));
  const text = html.replace(/<[^>]*>/g, '');
  assert.match(text, /^78 %The model was right on 7 of 9 pictures\./);
  assert.match(text, /most trouble with cat: of 4 such pictures it recognised 2, and 2 it took for dog\.$/);
});

test('a model that knows nothing is not praised, and one that knows all is not blamed', () => {
  const [labels, names] = [
    [0, 0, 1, 1],
    ['a', 'b'],
  ] as const;
  assert.match(headline(classReport(labels, [0, 0, 0, 0], names)), /no better than always giving the same answer/);
  const all = headline(classReport(labels, [0, 0, 1, 1], names));
  assert.doesNotMatch(all, /trouble|no better/);
});

test('every class has its line, those without pictures too; names do no harm', () => {
  const report = classReport([0, 0, 1], [0, 1, 1], ['<script>alert(1)</script>', 'b', 'never seen']);
  const { html } = classSection(report);
  assert.doesNotMatch(html, /<script/);
  assert.match(html, /&lt;script/);
  assert.match(html, /never seen<\/th>.*?no pictures/s);
  assert.match(html, /--share:50\.0%.*?1 of 2.*?50 %/s);
  assert.match(html, /All classes have fewer than 30 pictures|classes have fewer than 30 pictures/);
});

test('pictures that were mistaken are shown, of every class, the surest first', () => {
  const images = 60;
  const labels = Int32Array.from({ length: images }, (_, i) => (i < 50 ? 0 : 1));
  const set = {
    ...{
      pixels: new Uint8Array(images * 4 * 4 * 3),
      labels,
      imageShape: [4, 4, 3] as const,
      classNames: ['cat', 'dog'],
    },
    normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
  };
  const guesses = Array.from(labels, (label, i) => ({ label, predicted: 1 - label, confidence: 0.5 + i / 200 }));
  const section = mistakesSection(set, guesses, null);
  const shown = [...(section?.html ?? '').matchAll(/taken for (\w+) \((\d+) % sure\)<\/span>/g)];
  assert.equal(shown.length, 24);
  assert.equal(shown.filter(([, name]) => name === 'cat').length, 10, 'all dogs, though there are more cats');
  const sure = shown.map(([, , value]) => Number(value));
  assert.deepEqual(
    sure,
    [...sure].sort((a, b) => b - a),
  );
  assert.equal(
    mistakesSection(
      set,
      guesses.map((guess) => ({ ...guess, predicted: guess.label })),
      null,
    ),
    null,
  );
});
