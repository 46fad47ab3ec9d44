import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, leastDistance } from './colour-vision.fixture.js';
import { diagnoseFigures } from './diagnose-figures.fixture.js';
import { CIFAR10_NAMES } from './example-results.fixture.js';
import type { Figure } from './figure.js';
import { figuresOf, runFigures } from './figures.fixture.js';
import { patchFigures } from './patch-figures.fixture.js';
import * as plot from './index.js';
import { reuseFigures } from './reuse-figures.fixture.js';
import { outside, overlaps, textBoxes } from './text-boxes.fixture.js';
import { THEMES, type ThemeName } from './theme.js';

/** A hundred classes, some of them with names that no axis has room for. */
export const HUNDRED = Array.from({ length: 100 }, (_, i) =>
  i % 10 === 3 ? `a class whose name is much longer than an axis can show, number ${i}` : `class number ${i}`,
);

const THEME_NAMES = ['light', 'dark'] as const;

const allFigures = (theme: ThemeName): Record<string, Figure> => ({
  ...figuresOf(CIFAR10_NAMES, theme),
  ...diagnoseFigures(CIFAR10_NAMES, theme),
  ...runFigures(theme),
  ...reuseFigures(theme),
  ...patchFigures(theme),
  ...Object.fromEntries(
    Object.entries({ ...figuresOf(HUNDRED, theme), ...diagnoseFigures(HUNDRED, theme) }).map(([name, figure]) => [
      `${name}, 100 classes`,
      figure,
    ]),
  ),
});

type Axis = { title?: { text?: string }; showticklabels?: boolean; domain?: number[]; tickmode?: string };
const axesOf = ({ layout }: Figure): [string, Axis][] =>
  Object.entries(layout as Record<string, Axis>).filter(([key]) => /^[xy]axis\d*$/.test(key));

for (const theme of THEME_NAMES) {
  const figures = Object.entries(allFigures(theme));

  test(`${theme}: title, words for those who cannot see it, a size that fits a page`, () => {
    for (const [name, figure] of figures) {
      const { title, width = 0, height = 0 } = figure.layout as { title: { text: string }; width: number; height: number };
      assert.ok(title.text.length > 3, name);
      assert.ok(figure.altText.startsWith(figure.title.slice(0, 100)) && figure.altText.length > figure.title.length + 10, name);
      const most = name.includes('100') ? { width: 3200, height: name.startsWith('heat-map') || name.startsWith('image') ? 9600 : 2600 } : { width: 1100, height: 1200 }; // prettier-ignore
      assert.ok(width >= 400 && width <= most.width && height >= 200 && height <= most.height, `${name}: ${width} × ${height}`);
    }
  });

  test(`${theme}: every axis with numbers or names on it says what they are, and in which unit`, () => {
    for (const [name, figure] of figures) {
      const axes = axesOf(figure);
      assert.ok(axes.length >= 2, name);
      for (const [key, { title, showticklabels, tickmode }] of axes) {
        if (showticklabels === false) continue;
        const text = title?.text ?? '';
        assert.ok(text, `${name}: ${key} has no title`);
        // names and counts have no unit
        const counted = tickmode === 'array' || /^(epoch|generation|images?\b|kernels? per|kernel \(|row|channel|layers simplified|Cohen)|times/.test(text);
        assert.ok(counted || /\(.+\)|%|points|seconds|network/.test(text), `${name}: ${key} '${text}' has no unit`);
      }
    }
  });

  test(`${theme}: no text lies on another or reaches over the edge`, async () => {
    const wrong: string[] = [];
    for (const [name, figure] of figures) {
      const boxes = textBoxes(await figure.toSVG());
      const { width = 0, height = 0 } = figure.layout;
      const over = outside(boxes, width, height, 1);
      const pairs = overlaps(boxes, 3);
      if (over.length) wrong.push(`${name}: outside: ${over.slice(0, 3).join(' | ')} (${over.length})`);
      if (pairs.length) wrong.push(`${name}: overlap: ${pairs.slice(0, 3).map((p) => p.join(' × ')).join(' | ')} (${pairs.length})`);
    }
    assert.deepEqual(wrong, []);
  });

  test(`${theme}: only the theme's colours, which stand out from the paper and from each other`, () => {
    const { paper, text, muted, wrong } = THEMES[theme];
    for (const colour of [text, muted, wrong]) assert.ok(contrast(colour, paper) >= 4.5, colour);
    const own = new Set(JSON.stringify(THEMES[theme]).match(/#[0-9a-f]{6}/g));
    for (const [name, figure] of figures) {
      const found = JSON.stringify([figure.data, figure.layout]).match(/#[0-9a-fA-F]{6}\b/g) ?? [];
      assert.deepEqual([...new Set(found)].filter((colour) => !own.has(colour)), [], name);
      assert.equal(figure.layout.paper_bgcolor, paper);
      const marks = [...new Set(markColours(figure))].filter((colour) => colour !== paper);
      marks.forEach((colour, i) => {
        assert.ok(contrast(colour, paper) >= 3, `${name}: ${colour} on ${paper} ${contrast(colour, paper).toFixed(2)}`);
        for (const other of marks.slice(i + 1)) {
          assert.ok(leastDistance(colour, other) >= 15, `${name}: ${colour} and ${other} ${leastDistance(colour, other).toFixed(1)}`);
        }
      });
    }
  });
}

/** Colours of bars, lines and markers. */
function markColours({ data }: Figure): string[] {
  return data.flatMap((trace) => {
    const { type, mode, marker, line } = trace as { type?: string; mode?: string; marker?: { color?: string | string[] }; line?: { color?: string } };
    const colours = [type !== 'heatmap' && mode !== 'text' ? marker?.color : undefined, type === 'scatter' && mode?.includes('lines') ? line?.color : undefined];
    return colours.flat().filter((colour) => typeof colour === 'string');
  });
}

test('the test knows every figure', () => {
  const drawn = new Set(Object.values({ ...allFigures('light') }).map(({ title }) => title));
  assert.ok(drawn.size > 25);
  assert.ok(Object.keys(plot).length > 0);
});
