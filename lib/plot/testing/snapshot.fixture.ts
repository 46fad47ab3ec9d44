import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Figure } from '../figure/figure.js';

/** The tests run from the build folder; the snapshots stand beside the source. */
export function snapshotFolder(): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return path.join(folder, 'lib', 'plot', 'testing', 'snapshots');
}

/** The figure as JSON with numbers to four digits and images left out. */
export function snapshotOf(figure: Figure): string {
  const round = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value)
      ? Number(value.toPrecision(4))
      : typeof value === 'string' && value.startsWith('data:image')
        ? 'data:image…'
        : value;
  return `${JSON.stringify(figure, round, 1)}\n`;
}

/** Compares a figure with its snapshot; with UPDATE_SNAPSHOTS=1 in the environment the figure becomes the snapshot. */
export function assertSnapshot(name: string, figure: Figure): void {
  const file = path.join(snapshotFolder(), `${name}.json`);
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, snapshotOf(figure));
  }
  assert.equal(snapshotOf(figure), fs.readFileSync(file, 'utf8'), `${name}: UPDATE_SNAPSHOTS=1 accepts a change`);
}
