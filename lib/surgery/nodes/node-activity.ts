import { editInPlace } from '../../backend/edit-in-place.js';
import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { passOver } from '../../datasets/pass-over.js';
import { ModelError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';
import type * as tf from '../../tf.js';
import { type Bitset, bitsetOf, complementBits } from '../graph/bitset.js';
import type { NodeNetwork, NodePoint } from './node-network.js';

/** Layer → the nodes that were above 0 on at least one image. */
export type ActiveNodes = Readonly<Record<string, Bitset>>;

/** Collects which nodes are ever above 0. Only those that have not been are looked at. */
export class ActivityRecorder {
  private readonly quiet: Map<string, { nodes: Int32Array; count: number; length: number }>;

  constructor(points: readonly NodePoint[]) {
    this.quiet = new Map(
      points.map(({ layer, nodes }) => [
        layer,
        { nodes: Int32Array.from({ length: nodes }, (_, i) => i), count: nodes, length: nodes },
      ]),
    );
  }

  /**
   * @param values map of a point, [batch, …shape] row by row
   * @param row which image of the batch counts
   * @throws ModelError when a value is not finite
   */
  see({ layer }: NodePoint, values: Float32Array, row: number): void {
    const quiet = this.quiet.get(layer)!;
    const { nodes, length } = quiet;
    const offset = row * length;
    let count = 0;
    for (let i = 0; i < quiet.count; i++) {
      const node = nodes[i];
      const value = values[offset + node];
      if (value <= 0) nodes[count++] = node;
      else if (!(value < Infinity)) {
        throw new ModelError(`Layer '${layer}': node ${node} has the value ${value}; check the model's weights.`);
      }
    }
    quiet.count = count;
  }

  active(): ActiveNodes {
    return Object.fromEntries(
      [...this.quiet].map(([layer, { nodes, count, length }]) => [
        layer,
        complementBits(bitsetOf(length, nodes.subarray(0, count))),
      ]),
    );
  }
}

/** Shows a map's values, [batch, …shape] row by row and not to be kept: where they lie, since a copy costs as much as the map. */
export function look(map: tf.Tensor, at: (values: Float32Array) => void): void {
  editInPlace(map, (values) => {
    at(values);
    return false;
  });
}

/** Images per pass whose maps fill about 64 MB together. */
export function observationBatch({ points }: NodeNetwork): number {
  const values = points.reduce((sum, { nodes }) => sum + nodes, 0);
  return Math.max(1, Math.min(128, Math.floor(16e6 / values)));
}

/** What {@link activeNodes} can be told. */
export interface ActiveNodesOptions extends Omit<RunOptions, 'seed'> {
  /** Positions of the images to look at. Default: all. */
  indices?: ArrayLike<number>;
  task?: string;
}

/**
 * The nodes that are above 0 on at least one of some images, in the intact network: one pass per image.
 * @throws InterruptedError on `signal`; ModelError when a value is not finite
 */
export async function activeNodes(
  network: NodeNetwork,
  set: ImageSet,
  options: ActiveNodesOptions = {},
): Promise<ActiveNodes> {
  await ensureBackend();
  const { indices, onProgress, signal, task = 'observe' } = options;
  const recorder = new ActivityRecorder(network.points);
  const batchSize = observationBatch(network);
  await passOver(set, { task, batchSize, order: indices ?? 'given', onProgress, signal }, ({ x, labels }) => {
    network
      .run(x, (point, map) =>
        look(map, (values) => {
          for (let row = 0; row < labels.length; row++) recorder.see(point, values, row);
        }),
      )
      .dispose();
  });
  return recorder.active();
}
