import type { ImageSet } from '../../datasets/dataset.js';
import { imageSetDigest } from '../../datasets/image-set-digest.js';
import { passOver } from '../../datasets/pass-over.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, ModelError, OptionError } from '../../errors.js';
import { ProgressMeter } from '../../run/progress.js';
import { ActivityRecorder, look, observationBatch } from '../../surgery/nodes/node-activity.js';
import type { NodeNetwork, NodePoint } from '../../surgery/nodes/node-network.js';
import * as tf from '../../tf.js';
import { ACTIVITY_CHECKPOINT, savedClasses, writeObserved } from './activity-checkpoint.js';
import type { ClassActivity, ObservedClass } from './class-activity.js';
import type { DecomposeOptions, ObserveSettings } from './options.js';

const MS_BETWEEN_WRITES = 10_000;

/**
 * Observes the intact network on the first images of every class: one pass per image, whatever the number of modules (spec
 * decompose §2.3).
 * @throws OptionError when a class has no image, or none passes the filter; InterruptedError on `signal`; ModelError when a value
 *   is not finite
 */
export async function observeClasses(
  network: NodeNetwork,
  images: ImageSet,
  settings: ObserveSettings,
  { onProgress, signal, checkpoint: file }: Pick<DecomposeOptions, 'onProgress' | 'signal' | 'checkpoint'> = {},
): Promise<ClassActivity> {
  const { classNames } = images;
  const stopped = interruption(signal);
  const rows = classNames.map((name, c) => {
    const own = [...images.labels.keys()].filter((i) => images.labels[i] === c);
    if (own.length === 0) throw new OptionError(`split: the class '${name}' has no image to observe.`);
    return own;
  });
  const nNegPerClass = settings.nNegPerClass ?? negativesPerClass(settings.nPos, images);
  const { positiveFilter } = settings;
  const about = {
    modelId: network.modelId,
    datasetId: imageSetDigest(images),
    classNames,
    nNegPerClass,
    positiveFilter,
  };
  const checkpoint = ACTIVITY_CHECKPOINT.open(file, () => JSON.stringify({ ...about, nPos: settings.nPos }));
  const classes = savedClasses(checkpoint);
  const wanted = rows.map((own) =>
    positiveFilter === null ? Math.min(own.length, Math.max(settings.nPos, nNegPerClass)) : own.length,
  );
  const imagesUpTo = (c: number) => wanted.slice(0, c).reduce((sum, count) => sum + count, 0);
  const total = imagesUpTo(classNames.length);
  const meter = new ProgressMeter(onProgress, 'observe', total, 'images', imagesUpTo(classes.length));
  let writtenAt = performance.now();
  const write = async () => {
    await writeObserved(checkpoint, classes);
    writtenAt = performance.now();
  };
  const resumed = classes.length;
  for (let c = classes.length; c < classNames.length; c++) {
    const before = imagesUpTo(c);
    const tick = async (done: number) => {
      if (stopped()) {
        if (classes.length > resumed) await write();
        throw new InterruptedError(
          `The split stopped after ${classes.length} of ${classNames.length} classes${checkpoint.resume}`,
        );
      }
      meter.update(before + done, `class ${c + 1}/${classNames.length} (${classNames[c]})`);
      await new Promise(setImmediate); // lets output, interrupts and other work through
    };
    classes.push(
      await observeClass(network, images, rows[c].slice(0, wanted[c]), c, { ...settings, nNegPerClass }, tick),
    );
    meter.update(before + wanted[c]);
    if (performance.now() - writtenAt > MS_BETWEEN_WRITES) await write();
  }
  if (classes.length > resumed) await write();
  return { ...about, classes };
}

/** Negatives of each other class, 1 : 1 with the positives in total; where classes differ in size, with their mean. */
export function negativesPerClass(nPos: number, { labels, classNames }: ImageSet): number {
  const positives = Math.min(nPos, labels.length / classNames.length);
  return Math.max(1, Math.floor(positives / (classNames.length - 1)));
}

async function observeClass(
  network: NodeNetwork,
  images: ImageSet,
  rows: readonly number[],
  classIndex: number,
  settings: ObserveSettings & { nNegPerClass: number },
  tick: (done: number) => Promise<void>,
): Promise<ObservedClass> {
  const { nPos, nNegPerClass, positiveFilter } = settings;
  const positives = new ActivityRecorder(network.points);
  const negatives = new ActivityRecorder(network.points);
  let positiveCount = 0;
  let seen = 0;
  // Where to stop is asked by `tick`, which saves the classes that are done.
  const pass = { task: 'observe', batchSize: observationBatch(network), order: rows, check: () => undefined };
  await passOver(images, pass, async ({ x, labels }) => {
    await tick(seen);
    const isNegative = (row: number) => seen + row < nNegPerClass;
    const count =
      (chosen: (row: number) => boolean, to: ActivityRecorder) => (point: NodePoint, values: Float32Array) => {
        for (let row = 0; row < labels.length; row++) if (chosen(row)) to.see(point, values, row);
      };
    const held: [NodePoint, Float32Array][] = [];
    const features = network.run(x, (point, map) =>
      look(map, (values) => {
        count(isNegative, negatives)(point, values);
        if (positiveFilter === null) count((row) => positiveCount + row < nPos, positives)(point, values);
        else held.push([point, values.slice()]); // which ones count is known at the end of the pass
      }),
    );
    const probabilities = classProbabilities(network, features, classIndex);
    if (positiveFilter === null) positiveCount = Math.min(nPos, positiveCount + labels.length);
    else {
      const passing = new Set<number>();
      probabilities.forEach((p, row) => {
        if (p > positiveFilter && positiveCount + passing.size < nPos) passing.add(row);
      });
      for (const [point, values] of held) count((row) => passing.has(row), positives)(point, values);
      positiveCount += passing.size;
    }
    seen += labels.length;
    return positiveCount >= nPos && seen >= nNegPerClass ? false : undefined;
  });
  if (positiveCount === 0) {
    throw new OptionError(
      `positiveFilter: the model gives no image of '${images.classNames[classIndex]}' more than ${positiveFilter}; lower it.`,
    );
  }
  return { nPos: positiveCount, positives: positives.active(), negatives: negatives.active() };
}

/** Softmax of one column. Disposes the features. */
function classProbabilities(network: NodeNetwork, features: tf.Tensor2D, column: number): Float32Array {
  const values = tf.tidy(() => {
    const probabilities = tf.softmax(network.logits(features));
    return tf.reshape(tf.slice(probabilities, [0, column], [-1, 1]), [-1]).dataSync<'float32'>();
  });
  features.dispose();
  if (values.some((p) => !Number.isFinite(p))) {
    throw new ModelError('split: the model puts out logits that are not finite numbers; check its weights.');
  }
  return values;
}
