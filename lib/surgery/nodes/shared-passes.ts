import { editInPlace } from '../../backend/edit-in-place.js';
import * as tf from '../../tf.js';
import { countBits } from '../graph/bitset.js';
import { nodeMasks, requireNetwork } from './module-margins.js';
import type { NodeModuleParts } from './node-module-parts.js';
import { createNodeNetwork, type NodeNetwork, type NodePoint } from './node-network.js';
import { type NodeWords, nodeWords, wordsFor } from './node-words.js';

/** What several modules of one network make of a batch of images. */
export interface SharedFeatures {
  /** [passes, features] row by row. */
  readonly features: Float32Array;
  /** Row of `features` that holds module m's of image i, at i · modules + m. */
  readonly passOf: Int32Array;
  /** Images run through the network, an image counted as often as it was. */
  readonly passes: number;
  /** Pairs of image and module that the intact network answered. */
  readonly intact: number;
}

/** Several modules of one network, run together. Holds weight tensors: dispose it. */
export interface SharedPasses {
  /** @param x [batch, height, width, channels] */
  run(x: tf.Tensor4D): SharedFeatures;
  dispose(): void;
}

/** Images on their way through the network, each with the masks of one module, or none. */
interface Pass {
  /** Position of every row's image in the batch. */
  readonly images: Int32Array;
  /** Number of the module whose masks the row is run with; −1: the intact network. */
  readonly leaders: Int32Array;
  /** Modules that the row may answer for, `words` numbers per row. */
  readonly groups: Uint32Array;
}

const INTACT = -1;

/**
 * Runs modules of one network without a pass per module (spec decompose §7.3). A module's pass differs from another, or from the
 * intact network's, only if on this image some node that one of the two masks and the other does not is other than 0. So
 * every image goes through the intact network once; a word per node tells which modules mask it, and what is seen at the nodes
 * tells which modules would have gone another way. The image is run again with the masks of the first of these, which
 * answers for all that would have gone its way, and so on until each module has its pass. The features are exactly those of a
 * pass per module, but for the rounding of another batch size.
 *
 * Where a mask lies before an addition, negative values count as well, and hardly an image is the same without it: the intact pass
 * is left out then.
 * @throws ModelError when a module does not belong to the model
 */
export function createSharedPasses(model: tf.LayersModel, modules: readonly NodeModuleParts[]): SharedPasses {
  const network = openNetwork(model, modules);
  const words = wordsFor(modules.length);
  const tables = new Map<NodePoint, NodeWords>();
  for (const point of network.points) {
    const masks = modules.map((module) => nodeMasks(module).find(({ layer }) => layer === point.layer)?.inactive);
    const table = nodeWords(masks);
    if (table.nodes.length > 0) tables.set(point, table);
  }
  const start = [...tables.keys()].every(({ reluFed }) => reluFed) ? INTACT : 0;
  const everyone = new Uint32Array(words);
  modules.forEach((_, m) => (everyone[m >> 5] |= 1 << (m & 31)));

  const runPass = (x: tf.Tensor4D, { images, leaders, groups }: Pass) => {
    const left = new Uint32Array(groups.length);
    const features = tf.tidy(() => {
      const rows = images.length === x.shape[0] ? x : tf.gather(x, tf.tensor1d(images, 'int32'));
      return network
        .run(rows, (point, map) => {
          const table = tables.get(point);
          return table && editInPlace(map, (values) => applyMasks(values, point, table, leaders, left));
        })
        .dataSync<'float32'>();
    });
    for (let i = 0; i < left.length; i++) left[i] &= groups[i];
    return { features, left };
  };

  return {
    run(x) {
      const batch = x.shape[0];
      const passOf = new Int32Array(batch * modules.length);
      const parts: Float32Array[] = [];
      let passes = 0;
      let intact = 0;
      let pass: Pass = {
        images: Int32Array.from({ length: batch }, (_, i) => i),
        leaders: new Int32Array(batch).fill(start),
        groups: Uint32Array.from({ length: batch * words }, (_, i) => everyone[i % words]),
      };
      while (pass.images.length > 0) {
        const { features, left } = runPass(x, pass);
        const { images, leaders, groups } = pass;
        const again: number[] = [];
        images.forEach((image, row) => {
          for (let m = 0; m < modules.length; m++) {
            const at = row * words + (m >> 5);
            const bit = 1 << (m & 31);
            if (!(groups[at] & bit) || left[at] & bit) continue;
            passOf[image * modules.length + m] = passes + row;
            if (leaders[row] === INTACT) intact++;
          }
          if (left.subarray(row * words, (row + 1) * words).some((word) => word !== 0)) again.push(row);
        });
        parts.push(features);
        passes += images.length;
        pass = {
          images: Int32Array.from(again, (row) => images[row]),
          leaders: Int32Array.from(again, (row) => lowestBit(left.subarray(row * words, (row + 1) * words))),
          groups: Uint32Array.from(again.flatMap((row) => [...left.subarray(row * words, (row + 1) * words)])),
        };
      }
      return { features: parts.length === 1 ? parts[0] : concatenated(parts), passOf, passes, intact };
    },
    dispose: () => network.dispose(),
  };
}

/** The faster form of the network if no module masks a convolution before an addition. */
function openNetwork(model: tf.LayersModel, given: readonly NodeModuleParts[]): NodeNetwork {
  const modules = given.map(withoutEmptyMasks);
  const folded = createNodeNetwork(model, { foldAdditions: true });
  const layers = new Set(folded.points.map(({ layer }) => layer));
  let network = folded;
  if (modules.some((module) => nodeMasks(module).some(({ layer }) => !layers.has(layer)))) {
    folded.dispose();
    network = createNodeNetwork(model);
  }
  try {
    modules.forEach((module) => requireNetwork(network, module));
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
}

function withoutEmptyMasks(module: NodeModuleParts): NodeModuleParts {
  const some = ({ inactive }: NodeModuleParts['denseMasks'][number]) => countBits(inactive) > 0;
  return {
    ...module,
    convMasks: module.convMasks.filter(some),
    addMasks: module.addMasks.filter(some),
    denseMasks: module.denseMasks.filter(some),
  };
}

/**
 * Sets the leaders' masked nodes to 0 and notes the modules that part from their leader here: those that keep a node which it
 * masks, or mask one which it keeps, where that node is not 0 anyway. (Of a node that only a ReLU reads, a negative value is a 0.)
 * @param values [rows, nodes]
 * @param left a bit per row and module, to be set
 * @returns whether a value changed
 */
function applyMasks(
  values: Float32Array,
  { nodes: nodesPerRow, reluFed }: NodePoint,
  { nodes, words }: NodeWords,
  leaders: Int32Array,
  left: Uint32Array,
): boolean {
  const wordsPerNode = words.length / nodes.length;
  let changed = false;
  for (let row = 0; row < leaders.length; row++) {
    const base = row * nodesPerRow;
    const leader = leaders[row];
    const to = row * wordsPerNode;
    for (let n = 0; n < nodes.length; n++) {
      const at = base + nodes[n];
      const value = values[at];
      if (value === 0 || (reluFed && value < 0)) continue;
      const from = n * wordsPerNode;
      let others = 0;
      if (leader !== INTACT && (words[from + (leader >> 5)] >>> (leader & 31)) & 1) {
        values[at] = 0;
        changed = true;
        others = -1;
      }
      for (let w = 0; w < wordsPerNode; w++) left[to + w] |= words[from + w] ^ others;
    }
  }
  return changed;
}

function lowestBit(words: Uint32Array): number {
  const w = words.findIndex((word) => word !== 0);
  return 32 * w + 31 - Math.clz32(words[w] & -words[w]);
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
