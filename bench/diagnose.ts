import type { ImageSet } from '../lib/datasets/dataset.js';
import { synthetic } from '../lib/datasets/synthetic.js';
import { toTensor } from '../lib/datasets/tensors.js';
import { aggregateGradients } from '../lib/diagnose/gradient-aggregation.js';
import { resNet20 } from '../lib/models/architectures/res-net-cifar.js';
import * as tf from '../lib/tf.js';
import { predictScores } from '../lib/training/evaluate.js';
import { softmaxCrossEntropy } from '../lib/training/softmax-cross-entropy.js';
import { type BenchRow, rateRow, timeInTurn } from './bench.js';

const BATCH = 125;
/** On the cpu backend 1000 images take many minutes. */
const IMAGES = { cpu: 10, other: 1000 };
const LAST = 'conv18';

/**
 * Class × kernel gradients of images through ResNet-20's last convolution, beside a plain forward and backward pass over the
 * same images: the gradients of the cross-entropy by all weights, batch by batch, as a training step takes them. The
 * second row counts the forward pass over all images too that a diagnosis needs to pick the confident ones.
 */
export async function benchDiagnose(backend: string): Promise<BenchRow[]> {
  const images = backend === 'cpu' ? IMAGES.cpu : IMAGES.other;
  const set = synthetic({ trainPerClass: 1, testPerClass: images / 10, seed: 1 }).test;
  const model = resNet20({ seed: 1 });
  const perClass = set.classNames.map((_, c) => Array.from({ length: images / 10 }, (_, i) => 10 * i + c));
  const statistics = () => aggregateGradients(model, set, perClass, { layers: [LAST], batchSize: BATCH });
  const withSelection = async () => {
    await predictScores(model, set, { batchSize: BATCH });
    await statistics();
  };
  const plain = async () => {
    const start = performance.now();
    await forwardBackward(model, set);
    return (performance.now() - start) / 1000;
  };
  const rows: BenchRow[] = [];
  for (const [what, run] of [
    ['gradient statistics', statistics],
    ['scores and gradient statistics', withSelection],
  ] as const) {
    const timing = await timeInTurn(async () => void (await run()), plain);
    rows.push(rateRow(`ResNet-20 ${LAST}, ${images} images: ${what}`, backend, images, 'images/s', timing));
  }
  model.dispose();
  return rows;
}

async function forwardBackward(model: tf.LayersModel, set: ImageSet): Promise<void> {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  for (let start = 0; start < set.labels.length; start += BATCH) {
    const positions = Array.from(set.labels.keys()).slice(start, start + BATCH);
    const x = toTensor(set, positions);
    const labels = Int32Array.from(positions, (i) => set.labels[i]);
    const logits = () => model.apply(x, { training: true }) as tf.Tensor2D;
    const { value, grads } = tf.variableGrads(() => softmaxCrossEntropy(labels, logits()).loss, variables);
    // The last gradient that is computed: reading it waits for all.
    await Object.values(grads)[0].data();
    tf.dispose([x, value, grads]);
  }
}
