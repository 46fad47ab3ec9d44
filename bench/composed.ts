import path from 'node:path';
import { composeDecomposed } from '../lib/compose/compose-decomposed.js';
import { decideByMargin } from '../lib/compose/margin-decision.js';
import { batches } from '../lib/datasets/batches.js';
import type { Dataset } from '../lib/datasets/dataset.js';
import { loadDataset } from '../lib/datasets/load.js';
import { subset } from '../lib/datasets/subset.js';
import { resNetCifar } from '../lib/models/architectures/res-net-cifar.js';
import { loadModel } from '../lib/models/load-model.js';
import { cutDecomposed } from '../lib/split/decompose/cut-modules.js';
import { split } from '../lib/split/split.js';
import { openNodeModule } from '../lib/surgery/nodes/module-margins.js';
import type { NodeModuleParts } from '../lib/surgery/nodes/node-module-parts.js';
import { createNodeNetwork } from '../lib/surgery/nodes/node-network.js';
import { compileInference } from '../lib/surgery/passes/inference.js';
import type * as tf from '../lib/tf.js';
import { fit } from '../lib/training/fit.js';
import { type BenchRow, rateRow, timeInTurn } from './bench.js';
import { everyBatch, read } from './every-batch.js';

const BATCH = 125;
/** Images per measurement: passes that cannot be shared are unevenly spread over batches. */
const IMAGES = 1000;

/**
 * Images/s of all modules of a decomposed network together, beside the network itself (the peer). With MODULAB_DATA and
 * MODULAB_MODELS: ResNet-20 on CIFAR-10, modules from 1000 positives; else a small network on synthetic images.
 * MODULAB_BENCH_MODEL names another file of weights, MODULAB_BENCH_POSITIVES another number.
 */
export async function benchComposed(backend: string): Promise<BenchRow[]> {
  if (backend === 'cpu') {
    console.log('cpu            too slow for so many passes: left out');
    return [];
  }
  const { name, model, data } = await network();
  const nPos = Number(process.env.MODULAB_BENCH_POSITIVES ?? 1000);
  const set = subset(data.test, [...Array(Math.min(IMAGES, data.test.labels.length)).keys()]);
  const images = [...batches(set, { batchSize: BATCH })].map(({ x }) => x);
  const plain = compileInference(model);
  const rows: BenchRow[] = [];
  try {
    const peer = () => everyBatch(images, async (x) => read(plain.predict(x)));
    const { activity } = await split(model, data.train, { method: 'decompose', nPos });
    for (const addPolicy of ['reluFedOnly', 'postAdd'] as const) {
      const { modules } = cutDecomposed(model, activity, { addPolicy });
      const list = Object.values(modules);
      const composed = composeDecomposed({ model, modules: list });
      const ours = () => everyBatch(images, async (x) => read(composed.predict(x)));
      const label = `${name}, ${list.length} modules, ${nPos} positives, ${addPolicy}`;
      rows.push(row(`${label}: shared`, backend, await timeInTurn(async () => void (await ours()), peer)));
      const { passesPerImage, intactShare } = composed.sharing;
      console.log(
        `               ${label}: ${passesPerImage!.toFixed(3)} passes per image, ${(100 * intactShare!).toFixed(2)} % of modules ` +
          'answered by the intact network',
      );
      if (addPolicy === 'reluFedOnly') rows.push(await naiveRow(label, backend, model, list, images, composed, peer));
      composed.dispose();
    }
  } finally {
    plain.dispose();
    images.forEach((x) => x.dispose());
    model.dispose();
  }
  return rows;

  function row(label: string, on: string, timing: { ours: number; peer?: number }): BenchRow {
    return rateRow(label, on, set.labels.length, 'images/s', timing);
  }

  async function naiveRow(
    label: string,
    on: string,
    of: tf.LayersModel,
    modules: readonly NodeModuleParts[],
    xs: readonly tf.Tensor4D[],
    composed: { margins(x: tf.Tensor4D): Float64Array },
    plainRun: () => Promise<number>,
  ): Promise<BenchRow> {
    const whole = createNodeNetwork(of);
    const forwards = modules.map((module) => openNodeModule(whole, module));
    const margins = (x: tf.Tensor4D) => forwards.map((forward) => forward.margins(x));
    try {
      const everyone = () => xs.forEach((x) => void margins(x));
      const timing = await timeInTurn(everyone, plainRun);
      let different = 0;
      for (const x of xs) {
        const shared = composed.margins(x);
        const naive = margins(x);
        for (let i = 0; i < x.shape[0]; i++) {
          const own = shared.subarray(i * modules.length, (i + 1) * modules.length);
          if (decideByMargin(own) !== decideByMargin(naive.map((m) => m[i]))) different++;
        }
      }
      console.log(`               decisions that differ from a pass per module: ${different} of ${set.labels.length}`);
      return row(`${label}: a pass per module`, on, timing);
    } finally {
      forwards.forEach((forward) => forward.dispose());
      whole.dispose();
    }
  }
}

async function network(): Promise<{ name: string; model: tf.LayersModel; data: Dataset }> {
  const { MODULAB_DATA, MODULAB_MODELS, MODULAB_BENCH_MODEL = 'akamaster-cifar10-resnet20.safetensors' } = process.env;
  if (MODULAB_DATA && MODULAB_MODELS) {
    const { model } = await loadModel(path.join(MODULAB_MODELS, MODULAB_BENCH_MODEL));
    return { name: MODULAB_BENCH_MODEL.replace(/\..*/, ''), model, data: await loadDataset('cifar10') };
  }
  const data = await loadDataset('synthetic', { trainPerClass: 100, testPerClass: 100, seed: 1 });
  const model = resNetCifar(8, { width: 0.5, seed: 1 });
  await fit(model, data.train, { epochs: 4, batchSize: 32, learningRate: 0.05, seed: 1 });
  return { name: 'ResNet-8, synthetic images', model, data };
}
