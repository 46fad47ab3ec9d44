import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { terminalColumns } from '../../run/terminal-columns.js';
import { snapshotFolder } from '../testing/snapshot.fixture.js';
import { type ChartedFigure, textChart } from './text-chart.js';

const figure = (name: string) =>
  JSON.parse(fs.readFileSync(path.join(snapshotFolder(), `${name}.json`), 'utf8')) as ChartedFigure;

function assertTextSnapshot(name: string, text: string): void {
  const file = path.join(snapshotFolder(), `${name}.txt`);
  if (process.env.UPDATE_SNAPSHOTS === '1') fs.writeFileSync(file, `${text}\n`);
  assert.equal(`${text}\n`, fs.readFileSync(file, 'utf8'), `${name}: UPDATE_SNAPSHOTS=1 accepts a change`);
}

describe('text charts of the figures', () => {
  for (const name of ['before-after', 'class-gain', 'treat', 'kernel-class-map', 'confusion', 'training-curve']) {
    test(name, () => assertTextSnapshot(name, textChart(figure(name), 90)!));
  }
  test('no line is wider than the terminal, and what is no such chart is none', () => {
    const all = fs.readdirSync(snapshotFolder()).filter((name) => name.endsWith('.json'));
    const none: string[] = [];
    for (const name of all.map((file) => file.replace('.json', ''))) {
      for (const columns of [40, 80, 200]) {
        const text = textChart(figure(name), columns);
        if (text === null) none.push(name);
        for (const line of text?.split('\n') ?? []) assert.ok(terminalColumns(line) <= columns, `${name}: ${line}`);
      }
    }
    for (const name of ['image-grid', 'heat-map-pairs', 'cost-ratios']) assert.ok(none.includes(name), name);
    assert.ok(new Set(none).size < all.length / 2, `most figures have a text chart; not ${[...new Set(none)].join()}`);
  });
});

describe('text charts of special data', () => {
  const chart = (data: object[], layout: object = {}) => textChart({ title: 'T', data, layout }, 60);

  test('a hundred classes are a line of columns', () => {
    const y = Array.from({ length: 100 }, (_, i) => i / 99);
    const text = chart([{ type: 'bar', name: 'recall', x: y.map((_, i) => i), y }])!;
    assert.match(text, /every column one of 100: 0 … 99/);
    assert.match(text, /recall ▁+▂+/);
    assert.ok(text.split('\n').length < 8);
  });

  test('a wide and high heat map is of means', () => {
    const z = Array.from({ length: 100 }, (_, r) => Array.from({ length: 512 }, (_, c) => (r + c) % 7));
    const lines = chart([{ type: 'heatmap', z, zmin: 0, zmax: 6 }])!.split('\n');
    assert.ok(lines.length < 45);
    assert.match(lines.join('\n'), /a cell is the mean of up to \d+/);
  });

  test('missing values are dots and n/a', () => {
    assert.match(chart([{ type: 'bar', x: ['a', 'b'], y: [1, null] }])!, /b +n\/a/);
    assert.match(chart([{ type: 'heatmap', z: [[0, null, 1]] }])!, /│ +·+█+│/);
  });

  test('a line of one point, a flat one and one on a logarithmic axis', () => {
    assert.match(chart([{ type: 'scatter', x: [3], y: [5] }])!, /5 ┤ +●/);
    assert.equal(chart([{ type: 'scatter', x: [1, 2], y: [4, 4] }])!.match(/4 ┤/g)?.length, 1);
    const log = chart([{ type: 'scatter', x: [1, 2, 3], y: [1, 10, 100] }], { yaxis: { type: 'log' } })!;
    assert.match(log, /100 ┤/);
    assert.match(log, / 1 ┤●/);
  });

  test('names from files come out inert', () => {
    const name = '\x1b[31m<b>red</b>\u202e&lt;i&gt;\n';
    const text = chart([
      { type: 'bar', name, x: [name, 'b'], y: [1, 2] },
      { type: 'bar', name, x: [name, 'b'], y: [1, 2] },
    ])!;
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    assert.match(text, /red<i>/);
    assert.equal(chart([{ type: 'bar', x: ['x'.repeat(10_000)], y: [1] }])!.split('\n').length, 3);
  });

  test('without data there is no chart', () => {
    assert.equal(chart([]), null);
    assert.equal(chart([{ type: 'bar', x: [], y: [] }]), null);
    assert.equal(chart([{ type: 'pie', values: [1] }]), null);
  });
});
