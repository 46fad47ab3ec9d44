import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import { loadModel } from '../../load-model.js';
import { temporaryFolder } from '../../weight-files.fixture.js';
import { type FixtureGraph, type FixtureNode, onnxFixture } from './onnx.fixture.js';

/** Where the files of this process's graphs are. */
export const folder = temporaryFolder();

/** A file with the graph. */
export async function written(name: string, graph: FixtureGraph): Promise<string> {
  const file = path.join(folder, `${name.replace(/\W+/g, '-')}.onnx`);
  fs.writeFileSync(file, await onnxFixture(graph));
  return file;
}

/** 2 channels of 4×4, channel c at row y and column x: 100c + 10y + x, as the model takes it. */
const IMAGE = Float32Array.from(
  { length: 32 },
  (_, i) => 100 * (i % 2) + 10 * Math.floor(i / 8) + (Math.floor(i / 2) % 4),
);

/** What a graph answers to the image. */
export async function answer(
  name: string,
  graph: FixtureGraph,
): Promise<{ values: number[]; layers: string[]; names: string[] | null }> {
  const before = tf.memory().numTensors;
  const { model, classNames } = await loadModel(await written(name, graph));
  try {
    const y = tf.tidy(() => Array.from((model.predict(tf.tensor4d(IMAGE, [1, 4, 4, 2])) as tf.Tensor).dataSync()));
    return {
      values: y,
      layers: model.layers.map((layer) => `${layer.name} ${layer.getClassName()}`),
      names: classNames,
    };
  } finally {
    model.dispose();
    assert.equal(tf.memory().numTensors, before, 'tensors leak');
  }
}

/** ONNX's order of the features: all of channel 0, then all of channel 1. */
export const CHANNELS_FIRST = Array.from(
  { length: 32 },
  (_, i) => 100 * Math.floor(i / 16) + 10 * (Math.floor(i / 4) % 4) + (i % 4),
);

/** A row of a matrix that takes one of 32 features. */
export const picks = (position: number): number[] => Array.from({ length: 32 }, (_, i) => (i === position ? 1 : 0));

/** The graph gives a ModelError that begins with its file, and takes neither memory nor tensors. */
export async function refused(name: string, graph: FixtureGraph, message: RegExp): Promise<void> {
  const before = tf.memory().numTensors;
  const file = await written(name, graph);
  const started = process.memoryUsage().rss;
  await assert.rejects(loadModel(file), (error: Error) => {
    assert.ok(error instanceof ModelError, error.stack);
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(file), error.message);
    return true;
  });
  assert.ok(process.memoryUsage().rss - started < 400e6, 'memory');
  assert.equal(tf.memory().numTensors, before, 'tensors leak');
}

/** What ends a graph behind the value z. */
export const HEAD: FixtureNode[] = [{ op: 'GlobalMaxPool', in: ['z'], out: 'p' }, { op: 'Flatten', in: ['p'], out: 'y' }]; // prettier-ignore
