import path from 'node:path';
import type { Precision } from '../../backend/inference-plan.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { packModel } from '../../models/packed-model.js';
import { NoWorkersError, openWorkerPool, workerCount, type Workers } from '../../run/worker-pool.js';
import * as tf from '../../tf.js';
import { createExtractor } from './extract.js';
import { moduleLogits, type ModuleToRun } from './module-logits.js';
import type { WorkerStart, WorkerTask } from './module-logits.worker.js';

/** Runs many modules of one strong model over one set of images. Close it after use. */
export interface ModuleRunner {
  /** Worker threads; 0 computes in this one. */
  readonly workers: number;
  /**
   * Own-class logits, per module on every image asked for. Neighbours in the list share what they have in common, so
   * similar modules should stand together. The numbers depend neither on the number of workers nor on the other images.
   * @param order numbers of the images; multiples of `batchSize` cost least
   * @param check called many times meanwhile; throws to stop
   * @param onDone called with the number of modules that have come in
   */
  run(
    modules: readonly ModuleToRun[],
    order: Int32Array,
    check?: () => void,
    onDone?: (modules: number) => void,
  ): Promise<Float32Array[]>;
  close(): Promise<void>;
}

export interface ModuleRunnerOptions {
  /** Images per forward pass; a last one is filled up, see `imagesPerPass`. */
  readonly batchSize: number;
  readonly workers: Workers;
  /** What convolutions multiply, see `CompileOptions`. Default 'f32'. */
  readonly precision?: Precision;
}

/** Modules that are computed together. */
const TOGETHER = 24;
const POLL_MS = 50;

/**
 * Where no worker thread can be started it computes in this one.
 * @throws OptionError on a number of workers that makes no sense
 */
export function createModuleRunner(
  strong: tf.LayersModel,
  images: ImageSet,
  { workers, ...passes }: ModuleRunnerOptions,
): ModuleRunner {
  const count = workerCount(workers, tf.getBackend());
  return count === 0 ? hereRunner(strong, images, passes) : pooledRunner(strong, images, passes, count);
}

type Passes = Omit<ModuleRunnerOptions, 'workers'>;

function hereRunner(strong: tf.LayersModel, images: ImageSet, passes: Passes): ModuleRunner {
  const { batchSize, precision = 'f32' } = passes;
  const extractor = createExtractor(strong);
  return {
    workers: 0,
    async run(modules, order, check = () => undefined, onDone) {
      const results: Float32Array[] = [];
      for (const part of parts(modules, TOGETHER)) {
        check();
        results.push(...(await moduleLogits(extractor, images, part, order, batchSize, precision, check)));
        onDone?.(results.length);
      }
      return results;
    },
    close() {
      extractor.dispose();
      return Promise.resolve();
    },
  };
}

function pooledRunner(strong: tf.LayersModel, images: ImageSet, passes: Passes, workers: number): ModuleRunner {
  const pixels = new Uint8Array(new SharedArrayBuffer(images.pixels.length));
  pixels.set(images.pixels);
  const start: WorkerStart = {
    backend: tf.getBackend(),
    model: packModel(strong),
    images: { ...images, pixels },
    batchSize: passes.batchSize,
    precision: passes.precision ?? 'f32',
  };
  const pool = openWorkerPool<WorkerTask, Float32Array[]>(
    path.join(__dirname, 'module-logits.worker.js'),
    workers,
    start,
  );
  let here: ModuleRunner | undefined;
  return {
    workers,
    async run(modules, order, check = () => undefined, onDone) {
      check();
      if (here) return here.run(modules, order, check, onDone);
      let done = 0;
      // Four rounds per worker even out tasks of different length.
      const size = Math.max(1, Math.min(TOGETHER, Math.ceil(modules.length / (4 * workers))));
      const all = Promise.all(
        parts(modules, size).map(async (part) => {
          const result = await pool.run({ modules: part, order });
          onDone?.((done += part.length));
          return result;
        }),
      );
      try {
        return (await stopOn(check, all)).flat();
      } catch (error) {
        if (!(error instanceof NoWorkersError)) throw error;
        console.warn(`${error.message} The work goes on in one thread.`);
        here = hereRunner(strong, images, passes);
        return here.run(modules, order, check, onDone);
      }
    },
    async close() {
      await here?.close();
      await pool.close();
    },
  };
}

/** The promise's outcome, or what `check` throws meanwhile. */
async function stopOn<T>(check: () => void, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined); // when `check` wins, closing the pool rejects it with nobody listening
  let timer: NodeJS.Timeout | undefined;
  const stopped = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      try {
        check();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, POLL_MS);
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    clearInterval(timer);
  }
}

function parts<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
