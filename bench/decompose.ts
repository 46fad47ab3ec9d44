import { batches } from '../lib/datasets/batches.js';
import type { ImageSet } from '../lib/datasets/dataset.js';
import { loadDataset } from '../lib/datasets/load.js';
import { firstPerClass, subset } from '../lib/datasets/subset.js';
import { synthetic } from '../lib/datasets/synthetic.js';
import { resNet20 } from '../lib/models/architectures/res-net-cifar.js';
import { loadModel } from '../lib/models/load-model.js';
import { inactiveNodes } from '../lib/split/decompose/inactive-nodes.js';
import { negativesPerClass, observeClasses } from '../lib/split/decompose/observe-classes.js';
import { ActivityRecorder, look, observationBatch } from '../lib/surgery/nodes/node-activity.js';
import { createNodeNetwork, type NodeNetwork } from '../lib/surgery/nodes/node-network.js';
import type * as tf from '../lib/tf.js';
import { type BenchRow, median } from './bench.js';

/** MODULAB_BENCH_DECOMPOSE overrides these, e.g. '{"nPos":1000}'. */
const SMALL = { nPos: 50, turns: 5 };
const FRAME = 'MODULAB_BENCH_DECOMPOSE';

/**
 * CI and TI of ten modules of ResNet-20, every image once, against the scheme as published: every module looks at its own positives
 * and negatives, batch by batch, and prunes its list. Both use the same compiled network and the same recorder. In turn.
 */
export async function benchDecompose(backend: string): Promise<BenchRow[]> {
  if (backend === 'cpu') {
    console.log('cpu            too slow for ResNet-20: left out');
    return [];
  }
  const { nPos, turns } = { ...SMALL, ...(JSON.parse(process.env[FRAME] ?? '{}') as Partial<typeof SMALL>) };
  const { model, images, label } = await material(nPos);
  const network = createNodeNetwork(model);
  const settings = { nPos, nNegPerClass: negativesPerClass(nPos, images), positiveFilter: null };
  const ours = async () => inactiveNodes(await observeClasses(network, images, settings));
  const naive = () => moduleByModule(network, images, settings.nNegPerClass);
  const seconds = async (run: () => unknown) => {
    const start = performance.now();
    await run();
    return (performance.now() - start) / 1000;
  };
  const few = subset(images, firstPerClass(images, 5));
  await observeClasses(network, few, { ...settings, nPos: 5, nNegPerClass: 1 });
  moduleByModule(network, few, 1);
  const [mine, theirs]: number[][] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    mine.push(await seconds(ours));
    theirs.push(await seconds(naive));
  }
  network.dispose();
  model.dispose();
  const [value, peer] = [median(mine), median(theirs)];
  const about = `${label}, 10 modules, ${nPos} positives`;
  return [
    { case: `${about}: CI + TI`, backend, value, unit: 's', peer, ratio: peer / value },
    {
      case: `${about}: images`,
      backend,
      value: images.labels.length / value,
      unit: 'images/s',
      peer: images.labels.length / peer,
      ratio: peer / value,
    },
  ];
}

/** The trained network and its images where the two variables name them, else a random one and synthetic images. */
async function material(nPos: number): Promise<{ model: tf.LayersModel; images: ImageSet; label: string }> {
  const folder = process.env.MODULAB_MODELS;
  if (folder && process.env.MODULAB_DATA) {
    const { train } = await loadDataset('cifar10', { extra: true, perClass: nPos });
    const { model } = await loadModel(`${folder}/akamaster-cifar10-resnet20.safetensors`);
    return { model, images: train, label: 'trained ResNet-20' };
  }
  const images = synthetic({ trainPerClass: nPos, testPerClass: 1, seed: 1 }).train;
  return { model: resNet20({ seed: 1 }), images, label: 'ResNet-20' };
}

/** One pass per image and module. */
function moduleByModule(network: NodeNetwork, images: ImageSet, nNegPerClass: number): void {
  const negatives = firstPerClass(images, nNegPerClass);
  images.classNames.forEach((_, c) => {
    const positives = [...images.labels.keys()].filter((i) => images.labels[i] === c);
    const order = [...positives, ...negatives.filter((i) => images.labels[i] !== c)];
    const recorder = new ActivityRecorder(network.points);
    for (const { x, labels } of batches(images, { batchSize: observationBatch(network), order })) {
      const features = network.run(x, (point, map) =>
        look(map, (values) => {
          for (let row = 0; row < labels.length; row++) recorder.see(point, values, row);
        }),
      );
      features.dispose();
      x.dispose();
    }
    recorder.active();
  });
}
