import { batches } from '../lib/datasets/batches.js';
import { loadDataset } from '../lib/datasets/load.js';
import { splitTrainValidation } from '../lib/datasets/split-train-validation.js';
import { resNetCifar } from '../lib/models/architectures/res-net-cifar.js';
import { simCnn } from '../lib/models/architectures/sim-cnn.js';
import { simplify } from '../lib/simplify/simplify.js';
import { compileInference } from '../lib/surgery/passes/inference.js';
import { countMacs } from '../lib/surgery/trace/count-macs.js';
import type * as tf from '../lib/tf.js';
import { type BenchRow, rateRow, timeInTurn } from './bench.js';
import { everyBatch, read } from './every-batch.js';

const BATCH = 125;
const IMAGES = 500;

const wideSimCnn = () => simCnn({ width: 1 / 2, dropout: false, seed: 1 });

/** Of ResNet-20 the first convolutions of the blocks, which can go alone; of SimCNN (half width) all, in blocks, too. */
const NETWORKS: readonly {
  name: string;
  make: () => tf.LayersModel;
  layers: RegExp;
  multipleOf?: number;
}[] = [
  { name: 'ResNet-20', make: () => resNetCifar(20, { seed: 1 }), layers: /^conv\d*[13579]$/ },
  { name: 'SimCNN 1/2', make: wideSimCnn, layers: /^conv/ },
  { name: 'SimCNN 1/2 by 16', make: wideSimCnn, layers: /^conv/, multipleOf: 16 },
];

/**
 * Images/s of a simplified network beside the whole one (the peer), with about 75, 50 and 25 % of the multiply-adds.
 * Speed does not hang on what the weights are: these are random, and nothing is trained.
 */
export async function benchSimplify(backend: string): Promise<BenchRow[]> {
  if (backend === 'cpu') {
    console.log('cpu            too slow for so many passes: left out');
    return [];
  }
  const data = await loadDataset('synthetic', { trainPerClass: 10, testPerClass: IMAGES / 10, seed: 1 });
  const images = [...batches(data.test, { batchSize: BATCH })].map(({ x }) => x);
  const rows: BenchRow[] = [];
  for (const { name, make, layers, multipleOf } of NETWORKS) {
    const model = make();
    const whole = compileInference(model);
    for (const keep of [0.75, 0.5, 0.25]) {
      const { model: small } = await simplify(model, splitTrainValidation(data.train), {
        preset: 'smoke',
        criterion: 'weightL1',
        layers: model.layers.map((layer) => layer.name).filter((layer) => layers.test(layer)),
        stop: { kind: 'budget', of: 'macs', keep, multipleOf },
        retrain: { when: 'never' },
        seed: 1,
      });
      const plain = compileInference(small);
      const timing = await timeInTurn(
        async () => void (await everyBatch(images, (x) => read(plain.predict(x)))),
        () => everyBatch(images, (x) => read(whole.predict(x))),
      );
      const macs = countMacs(small).total / countMacs(model).total;
      const label = `${name}, ${(100 * macs).toFixed(1)} % of the multiply-adds (1/${(1 / macs).toFixed(2)})`;
      rows.push(rateRow(label, backend, IMAGES, 'images/s', timing));
      plain.dispose();
      small.dispose();
    }
    whole.dispose();
    model.dispose();
  }
  images.forEach((x) => x.dispose());
  return rows;
}
