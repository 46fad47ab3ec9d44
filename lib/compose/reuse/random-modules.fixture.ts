import { MT19937 } from '../../run/mt19937.js';
import { bitsetOf } from '../../surgery/graph/bitset.js';
import type { NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import { createNodeNetwork, type NodePoint } from '../../surgery/nodes/node-network.js';
import type * as tf from '../../tf.js';

/**
 * A module per class of a model with random masks, channelled output columns and no sense.
 * @param share of a point's nodes that all modules mask; half as many again are masked by some of them
 */
export function randomModules(
  model: tf.LayersModel,
  options: { share?: number; masked?: (point: NodePoint) => boolean; seed?: number } = {},
): NodeModuleParts[] {
  const { share = 0, masked = ({ kind, reluFed }) => kind === 'conv' && reluFed, seed = 0 } = options;
  const rng = new MT19937(seed);
  const network = createNodeNetwork(model);
  const { points, classes, features, outputWeights, outputBias, modelId } = network;
  network.dispose();
  const common = new Map(
    points.map(({ layer, nodes }) => [layer, [...Array(nodes).keys()].filter(() => rng.nextDouble() < share)]),
  );
  const classNames = Array.from({ length: classes }, (_, c) => `class ${c}`);
  return classNames.map((_, classIndex) => {
    const masks = points.filter(masked).map(({ layer, shape, nodes, kind }) => {
      const own = [...Array(nodes).keys()].filter(() => rng.nextDouble() < share / 2);
      return {
        kind,
        layer,
        shape: shape as [number, number, number],
        inactive: bitsetOf(nodes, [...common.get(layer)!, ...own]),
      };
    });
    const column = (f: number) => {
      const row = Array.from(outputWeights.subarray(f * classes, (f + 1) * classes));
      return channelled(row, classIndex);
    };
    return {
      modelId,
      classIndex,
      classNames,
      convMasks: masks.filter(({ kind }) => kind === 'conv'),
      addMasks: masks.filter(({ kind }) => kind === 'add'),
      denseMasks: masks.filter(({ kind }) => kind === 'dense'),
      outW: Float32Array.from(Array.from({ length: features }, (_, f) => column(f)).flat()),
      outB: Float32Array.from(channelled([...outputBias], classIndex)),
      provenance: {
        method: 'decompose',
        datasetId: 'none',
        nPos: 0,
        nNegPerClass: 0,
        positiveFilter: null,
        delta: 0.5,
        variant: 'MC',
        addPolicy: 'reluFedOnly',
        blnRule: 'prose',
        biRule: 'perSource',
      },
    };
  });
}

function channelled(values: number[], c: number): number[] {
  const others = values.filter((_, k) => k !== c);
  return [values[c], others.reduce((sum, value) => sum + value, 0) / others.length];
}
