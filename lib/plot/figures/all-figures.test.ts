import assert from 'node:assert/strict';
import { test } from 'node:test';
import { THOROUGH } from '../../run/thorough.fixture.js';
import type { Figure } from '../figure/figure.js';
import { type ThemeName, THEMES } from '../figure/theme.js';
import * as plot from '../index.js';
import { contrast, leastDistance } from '../testing/colour-vision.fixture.js';
import { diagnoseFigures } from '../testing/diagnose-figures.fixture.js';
import { CIFAR10_NAMES } from '../testing/example-results.fixture.js';
import { figuresOf, runFigures } from '../testing/figures.fixture.js';
import { patchFigures } from '../testing/patch-figures.fixture.js';
import { reuseFigures } from '../testing/reuse-figures.fixture.js';
import { outside, overlaps, textBoxes } from '../testing/text-boxes.fixture.js';

/** A hundred classes, some with names that no axis has room for. */
const HUNDRED = Array.from({ length: 100 }, (_, i) =>
  i % 10 === 3 ? `a class whose name is much longer than an axis can show, number ${i}` : `class number ${i}`,
);

/** Figures whose size does not follow from the number of classes, or that are laid out as another one here is. */
const NOT_PER_CLASS =
  /node-mask|split-front|policy|accuracy-kernels|stress|probe|reliability|class-metrics|class-overlap|image-grid|heat-map|first-look/;

/** Drawn figures by the function's name; ', 100' behind it where there are as many classes. */
const allFigures = (theme: ThemeName): [string, Figure][] => [
  ...Object.entries({
    ...figuresOf(CIFAR10_NAMES, theme),
    ...diagnoseFigures(CIFAR10_NAMES, theme),
    ...runFigures(theme),
    ...reuseFigures(theme),
    ...patchFigures(theme),
  }),
  ...Object.entries({ ...figuresOf(HUNDRED, theme), ...diagnoseFigures(HUNDRED, theme) }).map(
    ([name, figure]): [string, Figure] => [`${name}, 100`, figure],
  ),
];

test('every figure function of the library is among the figures here', () => {
  const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const drawn = new Set(allFigures('light').map(([name]) => camel(name.replace(', 100', ''))));
  // those that draw one of the others, by the result that they are given
  for (const name of ['of', 'diagnose', 'evaluate', 'fit', 'split']) drawn.add(name);
  const NO_FIGURE = /Table$|Frame$|^(frame|table|tableOf|formatTable|Table|Figure|notebookToHtml|gallery|showGallery)$/;
  const missing = Object.keys(plot).filter((name) => !NO_FIGURE.test(name) && !drawn.has(name));
  assert.deepEqual(missing, []);
});

for (const theme of ['light', 'dark'] as const) {
  test(`${theme}: a title, words for those who cannot see it, and a size that can be shown`, () => {
    for (const [name, figure] of allFigures(theme)) {
      const {
        title,
        width = 0,
        height = 0,
      } = figure.layout as { title: { text: string }; width?: number; height?: number };
      assert.ok(title.text.length > 3, name);
      assert.ok(figure.altText.startsWith(figure.title.slice(0, 100)), name);
      assert.ok(figure.altText.length > figure.title.length + 10, name);
      // pictures stand one below the other, a class per row
      const pictures = /image-grid|heat-map/.test(name);
      const most = name.endsWith('100')
        ? { width: 2500, height: pictures ? 9600 : 2300 }
        : { width: 1100, height: 1100 };
      const fits = width >= 400 && width <= most.width && height >= 220 && height <= most.height;
      assert.ok(fits, `${name}: ${width} × ${height}`);
    }
  });

  test(`${theme}: every axis with numbers or names on it says what they are, and in which unit`, () => {
    // what is counted or numbered has no unit
    const COUNTED = /^(epoch|generation|images|kernels per module|kernel \(|layers simplified|Cohen’s κ$)/;
    const wrong: string[] = [];
    for (const [name, figure] of allFigures(theme)) {
      type Axis = { title?: { text?: string }; showticklabels?: boolean; ticktext?: string[] };
      const axes = Object.entries(figure.layout as Record<string, Axis>).filter(([key]) => /^[xy]axis\d*$/.test(key));
      assert.ok(axes.length >= 2, name);
      for (const [key, { title, showticklabels, ticktext }] of axes) {
        const text = title?.text ?? '';
        if (showticklabels === false || (text && (ticktext || COUNTED.test(text)))) continue;
        if (!/\(.+\)|^(points|percent|seconds|%|×)/.test(text)) wrong.push(`${name}: ${key} '${text}'`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test(`${theme}: only the theme's colours, which stand out from the paper and, to colour-blind readers too, from each other`, () => {
    const { paper, text, muted, wrong } = THEMES[theme];
    for (const colour of [text, muted, wrong]) assert.ok(contrast(colour, paper) >= 4.5, colour);
    const own = new Set(JSON.stringify(THEMES[theme]).match(/#[0-9a-f]{6}/g));
    for (const [name, figure] of allFigures(theme)) {
      assert.equal(figure.layout.paper_bgcolor, paper);
      const found = new Set(JSON.stringify([figure.data, figure.layout]).match(/#[0-9a-fA-F]{6}\b/g));
      assert.deepEqual([...found].filter((colour) => !own.has(colour)), [], name); // prettier-ignore
      const marks = [...new Set(markColours(figure))].filter((colour) => colour !== paper);
      marks.forEach((colour, i) => {
        assert.ok(contrast(colour, paper) >= 3, `${name}: ${colour} on ${paper}`);
        for (const other of marks.slice(i + 1)) {
          const distance = leastDistance(colour, other);
          assert.ok(distance >= 15, `${name}: ${colour} and ${other} are only ${distance.toFixed(1)} apart`);
        }
      });
    }
  });
}

test('no text lies on another or reaches over the edge, with ten classes and, in a thorough run, a hundred', async () => {
  const wrong: string[] = [];
  // the dark theme differs in nothing but colours
  for (const [name, figure] of allFigures('light')) {
    if (name.endsWith(', 100') && (!THOROUGH || NOT_PER_CLASS.test(name))) continue;
    const boxes = textBoxes(await figure.toSVG());
    const { width = 0, height = 0 } = figure.layout;
    assert.ok(boxes.length > 3, name);
    wrong.push(
      ...outside(boxes, width, height, 1).map((text) => `${name}: '${text}' is over the edge`),
      ...overlaps(boxes, 3).map(([a, b]) => `${name}: '${a}' lies on '${b}'`),
    );
  }
  assert.deepEqual(wrong, []);
});

test('the boxes of texts are where the texts are', () => {
  const boxes = textBoxes(
    `<svg xmlns="http://www.w3.org/2000/svg"><text x="10" y="20" style="font-size: 10px">lower</text>` +
      `<text x="10" y="24" style="font-size: 10px">upper</text><text x="90" y="60" transform="rotate(-90,90,60)">upright</text></svg>`,
  );
  assert.deepEqual(overlaps(boxes, 3), [['lower', 'upper']]);
  assert.deepEqual(outside(boxes, 100, 100, 1), []);
  assert.deepEqual(outside(boxes, 100, 45, 1), ['upright']);
  assert.ok(
    leastDistance('#00ff00', '#ff9000') < leastDistance('#0000ff', '#ff9000'),
    'red-blind eyes confuse the first two',
  );
  assert.equal(contrast('#000000', '#ffffff').toFixed(1), '21.0');
});

/** Colours of bars, lines and markers. */
function markColours({ data }: Figure): string[] {
  return data.flatMap((trace) => {
    const {
      type,
      mode = '',
      marker,
      line,
    } = trace as {
      type?: string;
      mode?: string;
      marker?: { color?: string | string[] };
      line?: { color?: string };
    };
    if (type === 'heatmap' || mode === 'text') return [];
    const colours = [marker?.color, mode.includes('lines') ? line?.color : undefined].flat();
    return colours.filter((colour) => typeof colour === 'string');
  });
}
