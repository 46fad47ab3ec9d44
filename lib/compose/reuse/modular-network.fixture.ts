import type { ImageSet } from '../../datasets/dataset.js';
import { keepClasses } from '../../datasets/subset.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { complementBits } from '../../surgery/graph/bitset.js';
import type { ActiveNodes } from '../../surgery/nodes/node-activity.js';
import type { ConvMask } from '../../surgery/nodes/node-mask.js';
import type { NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import { createNodeNetwork } from '../../surgery/nodes/node-network.js';
import { randomiseWeights } from '../../surgery/trace/test-models.fixture.js';
import type { ModularNetwork } from './modular-network.js';
import { openNetwork } from './open-network.js';

/**
 * An untrained ResNet-8 with a module of every class, whose inactive nodes are those that the class's own images leave inactive
 * (concern identification alone), at convolutions that feed a ReLU; with `masks: false` no node is inactive.
 */
export async function toyNetwork(
  images: ImageSet,
  seed: number,
  options: { masks?: boolean } = {},
): Promise<ModularNetwork> {
  const { classNames, imageShape, normalisation } = images;
  const model = randomiseWeights(resNetCifar(8, { width: 0.25, classes: classNames.length, inputShape: imageShape }), seed); // prettier-ignore
  const network: ModularNetwork = { name: `toy ${seed}`, model, classNames, normalisation, modules: {} };
  const open = openNetwork(network);
  try {
    const modules: Record<string, NodeModuleParts> = {};
    for (const [c, name] of classNames.entries()) {
      const own = keepClasses(images, [name]);
      const active = options.masks === false ? null : await open.active(own);
      modules[name] = moduleOf(network, c, own.labels.length, active);
    }
    return { ...network, modules };
  } finally {
    open.dispose();
  }
}

function moduleOf(
  { model, classNames }: ModularNetwork,
  classIndex: number,
  nPos: number,
  active: ActiveNodes | null,
): NodeModuleParts {
  const nodes = createNodeNetwork(model);
  try {
    const { outputWeights: w, outputBias: b, features, classes } = nodes;
    const convMasks = nodes.points.flatMap((point): ConvMask[] =>
      active && point.kind === 'conv' && point.reluFed
        ? [{ layer: point.layer, shape: point.shape as [number, number, number], inactive: complementBits(active[point.layer]) }] // prettier-ignore
        : [],
    );
    const rest = (values: Float32Array, from: number) =>
      values.subarray(from, from + classes).reduce((sum, value, c) => sum + (c === classIndex ? 0 : value), 0) / (classes - 1); // prettier-ignore
    return {
      modelId: nodes.modelId,
      classIndex,
      classNames,
      convMasks,
      addMasks: [],
      denseMasks: [],
      outW: Float32Array.from({ length: 2 * features }, (_, i) =>
        i % 2 ? rest(w, (i >> 1) * classes) : w[(i >> 1) * classes + classIndex],
      ),
      outB: Float32Array.of(b[classIndex], rest(b, 0)),
      provenance: {
        method: 'decompose',
        datasetId: 'toy',
        nPos,
        nNegPerClass: 0,
        positiveFilter: null,
        delta: 0.5,
        variant: 'MC',
        addPolicy: 'reluFedOnly',
        blnRule: 'prose',
        biRule: 'perSource',
      },
    };
  } finally {
    nodes.dispose();
  }
}
