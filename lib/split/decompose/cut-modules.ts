import { ModelError } from '../../errors.js';
import { type Bitset, countBits, emptyBitset, uniteBits } from '../../surgery/graph/bitset.js';
import { isMasked, masksOf } from '../../surgery/nodes/masked-points.js';
import { NodeModule } from '../../surgery/nodes/node-module.js';
import { createNodeNetwork, type NodeNetwork, type NodePoint } from '../../surgery/nodes/node-network.js';
import type * as tf from '../../tf.js';
import { backtrackFeatures, backtrackToInput, type NodeSets, unconcernedFeatures } from './backtrack.js';
import { channelOutput } from './channelling.js';
import type { ClassActivity } from './class-activity.js';
import { inactiveNodes } from './inactive-nodes.js';
import { CUT_DEFAULTS, type CutSettings } from './options.js';

/** How many nodes a module keeps. Ratios of the convolutions' output positions, 0–1. */
export interface ModuleNodes {
  readonly className: string;
  /** Positives that were observed. */
  readonly nPos: number;
  /** Active on a positive, over all convolutions whatever the addPolicy. */
  readonly activeCi: number;
  /** Active on a positive or a negative. */
  readonly activeTi: number;
  /** Not masked in the module: |module| / |model| over nodes, the Jaccard index of the two. */
  readonly jiNodes: number;
  /** p / (2 − p) of the same ratio p: what the code of the dense predecessor would call it (spec decompose §3.8). */
  readonly jiFse: number;
  /** Positions of convolutions, of sums, and hidden dense units that are masked. */
  readonly masked: { readonly conv: number; readonly add: number; readonly dense: number };
  /** Features that MC-BLN removed. */
  readonly blnFeatures: number;
  /** Nodes that MC-BI masks beyond those that were inactive. */
  readonly biNodes: number;
}

/** Modules cut by {@link cutDecomposed}, and what each keeps. */
export interface CutModules {
  /** Class name → module. */
  readonly modules: Readonly<Record<string, NodeModule>>;
  /** In the order of the class names. */
  readonly nodes: readonly ModuleNodes[];
}

/**
 * Modules from what `split` with method 'decompose' observed, for another variant or addPolicy: no image is looked at.
 * @param model the network that was observed
 * @throws ModelError when it is another one
 */
export function cutDecomposed(
  model: tf.LayersModel,
  activity: ClassActivity,
  settings: Partial<CutSettings> = {},
): CutModules {
  const network = createNodeNetwork(model);
  try {
    return cutModules(network, activity, { ...CUT_DEFAULTS, ...settings });
  } finally {
    network.dispose();
  }
}

/** As {@link cutDecomposed}, on a network that is open. */
export function cutModules(network: NodeNetwork, activity: ClassActivity, settings: CutSettings): CutModules {
  const { classNames, modelId, datasetId, nNegPerClass, positiveFilter } = activity;
  if (modelId !== network.modelId) {
    throw new ModelError(
      `The observed activity belongs to the model ${modelId.slice(0, 12)}…, this one is ${network.modelId.slice(0, 12)}….`,
    );
  }
  const convs = network.points.filter(({ kind }) => kind === 'conv');
  const convNodes = convs.reduce((sum, point) => sum + point.nodes, 0);
  const modules: [string, NodeModule][] = [];
  const { variant, addPolicy, delta, blnRule, biRule } = settings;
  const nodes = inactiveNodes(activity).map(({ ci, ti }, classIndex): ModuleNodes => {
    const output = channelOutput(network.outputWeights, network.outputBias, classIndex);
    const masked: NodeSets = Object.fromEntries(
      network.points.filter((point) => isMasked(point, addPolicy)).map(({ layer }) => [layer, ti[layer]]),
    );
    const removed = emptyOr(variant !== 'MC', unconcernedFeatures(output.outW, delta, blnRule));
    const blnFeatures = countBits(removed);
    const withBln = blnFeatures > 0 ? uniteSets(masked, backtrackFeatures(network, removed)) : masked;
    const off = variant === 'MC-BI' ? backtrackToInput(network, withBln, biRule) : withBln;
    const { nPos } = activity.classes[classIndex];
    const module = new NodeModule(network.model, {
      modelId,
      classIndex,
      classNames,
      ...masksOf(network.points, off),
      ...output,
      provenance: {
        method: 'decompose',
        ...{ datasetId, nPos, nNegPerClass, positiveFilter, delta, variant, addPolicy, blnRule, biRule },
      },
    });
    modules.push([module.targetClass, module]);
    const kept = 1 - countNodes(off, convs) / convNodes;
    return {
      className: classNames[classIndex],
      nPos,
      activeCi: 1 - countNodes(ci, convs) / convNodes,
      activeTi: 1 - countNodes(ti, convs) / convNodes,
      jiNodes: kept,
      jiFse: kept / (2 - kept),
      masked: {
        conv: countNodes(off, convs),
        add: countNodes(
          off,
          network.points.filter(({ kind }) => kind === 'add'),
        ),
        dense: countNodes(
          off,
          network.points.filter(({ kind }) => kind === 'dense'),
        ),
      },
      blnFeatures,
      biNodes: countNodes(off, network.points) - countNodes(withBln, network.points),
    };
  });
  return { modules: Object.fromEntries(modules), nodes };
}

function emptyOr(wanted: boolean, set: Bitset): Bitset {
  return wanted ? set : emptyBitset(set.length);
}

function uniteSets(a: NodeSets, b: NodeSets): NodeSets {
  const all = { ...a };
  for (const [layer, set] of Object.entries(b)) all[layer] = Object.hasOwn(a, layer) ? uniteBits(a[layer], set) : set;
  return all;
}

function countNodes(sets: NodeSets, points: readonly NodePoint[]): number {
  return points.reduce((sum, { layer }) => sum + (Object.hasOwn(sets, layer) ? countBits(sets[layer]) : 0), 0);
}
