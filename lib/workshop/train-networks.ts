import { ensureBackend } from '../backend/ensure-backend.js';
import { firstImages } from '../datasets/subset.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { weakSimCnnCifar } from '../models/architectures/weak-sim-cnn.js';
import { saveModel } from '../models/save-model.js';
import type { OnProgress } from '../run/progress.js';
import type * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { fit } from '../training/fit.js';
import { networkFolder, workshopImages } from './workshop-data.js';

const SEED = 1;
const WEAK_IMAGES = 600;

/**
 * Trains the workshop's two networks and writes them to their folders. They are in the repository: only to be called when a
 * recipe changes. Another backend gives other roundings, and so slightly other networks.
 * @returns accuracy on the validation images, by network
 */
export async function trainNetworks(onProgress?: OnProgress): Promise<Record<'strong' | 'weak', number>> {
  await ensureBackend();
  const { train, validation } = workshopImages('laptop');
  const strong = resNetCifar(8, { width: 1 / 2, seed: SEED });
  await fit(strong, train, {
    epochs: 12,
    batchSize: 32,
    learningRate: 0.05,
    schedule: { kind: 'cosine' },
    seed: SEED,
    onProgress,
    task: 'train the strong network',
  });
  const weak = weakSimCnnCifar({ width: 1 / 4, seed: SEED });
  const few = firstImages(train, WEAK_IMAGES);
  await fit(weak, few, {
    epochs: 14,
    batchSize: 32,
    learningRate: 0.01,
    seed: SEED,
    onProgress,
    task: 'train the weak network',
  });
  const accuracy = async (name: 'strong' | 'weak', model: tf.LayersModel) => {
    await saveModel(model, networkFolder(name), { overwrite: true, classNames: train.classNames });
    const report = await evaluate(model, validation);
    model.dispose();
    return report.accuracy;
  };
  return { strong: await accuracy('strong', strong), weak: await accuracy('weak', weak) };
}
