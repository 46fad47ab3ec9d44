import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { DARK_FOR_LIGHT, darkened } from '../figure/darkened.js';
import { figureHtml } from '../figure/figure-html.js';
import { pageCode } from '../figure/page-script.js';
import { recoloured } from '../figure/recoloured.js';
import { THEMES } from '../figure/theme.js';
import { classMetrics } from '../figures/classes/class-metrics.js';
import { exampleReport } from '../testing/example-results.fixture.js';

// a class whose name is a colour of the theme
const figure = classMetrics(exampleReport(['#0072b2', 'b'], 0.5, 1), { theme: 'light', metrics: ['f1'] });
const html = figureHtml(figure, Buffer.from('png'));

/** The colours and names that figures on a page are drawn with, by a stand-in for Plotly that arrives after them. */
function drawnOn(body: string, html: string): { paper: string; bars: string; names: string[] }[] {
  const { window } = new JSDOM(`<!DOCTYPE html><html><body ${body}>${html}</body></html>`, {
    runScripts: 'dangerously',
  });
  const drawn: { paper: string; bars: string; names: string[] }[] = [];
  const wish = { matches: false, addEventListener: () => undefined };
  Object.assign(window, { matchMedia: () => wish, modulabPlotly: Promise.resolve() });
  const colours = { dark: DARK_FOR_LIGHT, lightPaper: THEMES.light.paper };
  window.eval(pageCode<typeof import('./plotly-runtime.js')>('plotly-runtime', colours, 'never read'));
  const plotly = {
    newPlot: (
      _: object,
      [bars]: { marker: { color: string } }[],
      layout: { paper_bgcolor: string; xaxis: { ticktext: string[] } },
    ) => drawn.push({ paper: layout.paper_bgcolor, bars: bars.marker.color, names: Array.from(layout.xaxis.ticktext) }),
  };
  Object.assign(window, { Plotly: plotly });
  window.dispatchEvent(new window.Event('modulab-plotly'));
  return drawn;
}

test('figures before the runtime are drawn when it is there, each once', () => {
  const drawn = drawnOn('', html + figureHtml(figure, Buffer.from('png')));
  assert.equal(drawn.length, 2);
  assert.deepEqual(drawn[0], { paper: '#ffffff', bars: THEMES.light.after, names: ['#0072b2', '<b>b</b>'] });
});

test('on a dark page a light figure turns dark, its names stay, and a dark one is left as it is', () => {
  const [dark] = drawnOn('style="background-color: rgb(17, 17, 17)"', html);
  assert.deepEqual(dark, { paper: THEMES.dark.paper, bars: THEMES.dark.after, names: ['#0072b2', '<b>b</b>'] });
  const chosen = classMetrics(exampleReport(['a', 'b'], 0.5, 1), { theme: 'dark', metrics: ['f1'] });
  assert.equal(drawnOn('', figureHtml(chosen, Buffer.from('png')))[0].paper, THEMES.dark.paper);
});

test('the dark copy of a figure is the figure in the dark theme', () => {
  const report = exampleReport(['a', 'b'], 0.5, 1);
  const [light, dark] = (['light', 'dark'] as const).map((theme) => classMetrics(report, { theme }));
  const copy = darkened(light)!;
  assert.deepEqual(
    JSON.parse(JSON.stringify([copy.data, copy.layout])),
    JSON.parse(JSON.stringify([dark.data, dark.layout])),
  );
  assert.equal(darkened(dark), null);
  const span = { text: '<span style="color:#0072b2">●</span> #0072b2', marker: { color: ['#0072b2', '#fff'] } };
  assert.deepEqual(recoloured(span, { '#0072b2': '#123456' }), {
    text: '<span style="color:#123456">●</span> #0072b2',
    marker: { color: ['#123456', '#fff'] },
  });
});
