import { Piscina } from 'piscina';
import { BACKEND_NAMES } from '../../backend/candidate.js';
import type { Precision } from '../../backend/inference-plan.js';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { type PackedModel, unpackModel } from '../../models/packed-model.js';
import * as tf from '../../tf.js';
import { createExtractor } from './extract.js';
import { moduleLogits, type ModuleToRun } from './module-logits.js';

/** What a worker gets once. */
export interface WorkerStart {
  /** tfjs's name of the backend that the others compute with. */
  readonly backend: string;
  readonly model: PackedModel;
  readonly images: ImageSet;
  readonly batchSize: number;
  readonly precision: Precision;
}

export interface WorkerTask {
  readonly modules: readonly ModuleToRun[];
  /** Numbers of the images. */
  readonly order: Int32Array;
}

const { backend, model, images, batchSize, precision } = Piscina.workerData as WorkerStart;

const ready = (async () => {
  await openBackend({ prefer: BACKEND_NAMES.find((name) => name === backend), threads: 1, quiet: true });
  if (tf.getBackend() !== backend) await tf.setBackend(backend);
  const strong = await unpackModel(model);
  const extractor = createExtractor(strong);
  strong.dispose();
  return extractor;
})();
ready.catch(() => undefined); // reported by the tasks, which await it

/** Own-class logits of the task's modules. */
export default async function run({ modules, order }: WorkerTask): Promise<Float32Array[]> {
  return moduleLogits(await ready, images, modules, order, batchSize, precision);
}
