import type { AdaptOptions } from '../../datasets/adapt-images.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import type { RunOptions } from '../../run/options.js';
import { type ActiveNodes, activeNodes } from '../../surgery/nodes/node-activity.js';
import { moduleClass, type NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import { createNodeNetwork, type NodePoint } from '../../surgery/nodes/node-network.js';
import type * as tf from '../../tf.js';
import { composeDecomposed } from '../compose-decomposed.js';
import { imagesFor, type ModularNetwork } from './modular-network.js';
import type { ScoreTable } from './score-table.js';

export interface PassOptions extends Omit<RunOptions, 'seed'>, AdaptOptions {
  /** Images per forward pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  /** What the progress line calls the pass. */
  task?: string;
}

/** A network ready for many passes with different modules. Holds tensors: dispose it; the network stays. */
export interface OpenNetwork {
  readonly network: ModularNetwork;
  /** Where it can be masked. */
  readonly points: readonly NodePoint[];
  /** Margins of modules of this network, given as they are or updated: one column per module's class. */
  margins(modules: readonly NodeModuleParts[], set: ImageSet, options?: PassOptions): Promise<ScoreTable>;
  /**
   * Margins of the network's classes with no node removed. Within the network their order is that of its logits, so some of these
   * columns are the "restricted logits" baseline (spec decompose §0.5, §3.2).
   */
  unmasked(set: ImageSet, options?: PassOptions): Promise<ScoreTable>;
  /** Nodes above 0 on at least one image. */
  active(set: ImageSet, options?: PassOptions): Promise<ActiveNodes>;
  dispose(): void;
}

/** @throws ModelError when the model has no nodes that can be masked; see `createNodeNetwork` */
export function openNetwork(network: ModularNetwork): OpenNetwork {
  const nodes = createNodeNetwork(network.model);

  const pass = async (set: ImageSet, options: PassOptions, each: (x: tf.Tensor4D, from: number) => void) => {
    const { batchSize = IMAGES_PER_PASS, onProgress, signal, task = network.name } = options;
    const images = imagesFor(network, set, options);
    await passOver(images, { task, batchSize, onProgress, signal }, ({ x }, done) => each(x, done));
  };

  return {
    network,
    async margins(modules, set, options = {}) {
      const images = set.labels.length;
      const columns = modules.map(() => new Float64Array(images));
      const composed = composeDecomposed({ model: network.model, modules });
      try {
        await pass(set, options, (x, from) => {
          const margins = composed.margins(x);
          columns.forEach((column, m) => {
            for (let i = 0; i < x.shape[0]; i++) column[from + i] = margins[i * modules.length + m];
          });
        });
      } finally {
        composed.dispose();
      }
      return { images, columns: new Map(modules.map((module, m) => [moduleClass(module), columns[m]])) };
    },
    async unmasked(set, options = {}) {
      const { classNames } = network;
      const classes = classNames.length;
      const images = set.labels.length;
      const columns = classNames.map(() => new Float64Array(images));
      const { outputWeights, outputBias, features } = nodes;
      await pass(set, options, (x, from) => {
        const read = nodes.run(x);
        const values = read.dataSync<'float32'>();
        read.dispose();
        const logits = new Float64Array(classes);
        for (let i = 0; i < values.length / features; i++) {
          logits.set(outputBias);
          for (let f = 0; f < features; f++) {
            const value = values[i * features + f];
            for (let c = 0; c < classes; c++) logits[c] += value * outputWeights[f * classes + c];
          }
          const mean = logits.reduce((a, b) => a + b, 0) / classes;
          // z_c − mean of the others = n / (n − 1) · (z_c − mean of all)
          columns.forEach((column, c) => (column[from + i] = (classes / (classes - 1)) * (logits[c] - mean)));
        }
      });
      return { images, columns: new Map(classNames.map((name, c) => [name, columns[c]])) };
    },
    points: nodes.points,
    active: (set, options = {}) => activeNodes(nodes, imagesFor(network, set, options), options),
    dispose: () => nodes.dispose(),
  };
}
