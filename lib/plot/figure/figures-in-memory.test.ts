import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsdom from 'jsdom';
import { ONLY_THOROUGH } from '../../run/thorough.fixture.js';
import { trainingCurve } from '../figures/training/training-curve.js';
import { epochs } from '../testing/figures.fixture.js';
import { renderSvg } from './plotly-in-jsdom.js';

test(
  'the page that figures are drawn in, which keeps something of each, is replaced in time',
  { skip: ONLY_THOROUGH },
  (t) => {
    const figure = trainingCurve(epochs);
    const first = renderSvg(figure); // in a page that may have drawn for other tests
    const pages: jsdom.JSDOM[] = [];
    const Original = jsdom.JSDOM;
    jsdom.JSDOM = class extends Original {
      constructor(...given: ConstructorParameters<typeof Original>) {
        super(...given);
        pages.push(this);
      }
    };
    t.after(() => (jsdom.JSDOM = Original));
    for (let i = 0; i < 40; i++) assert.equal(renderSvg(figure).length, first.length);
    assert.equal(pages.length, 1);
  },
);
