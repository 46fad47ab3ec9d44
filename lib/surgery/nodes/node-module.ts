import { ModelError } from '../../errors.js';
import { countParameters } from '../../models/count-parameters.js';
import * as tf from '../../tf.js';
import { countBits } from '../graph/bitset.js';
import { readLayerGraph } from '../graph/layer-graph.js';
import { roleOf } from '../layers/table.js';
import type { Module, ModuleSharing, OpenModule, SaveModuleOptions } from '../modules/module.js';
import { countMacs } from '../trace/count-macs.js';
import { marginsOf } from './module-margins.js';
import type { ConvMask, DenseMask } from './node-mask.js';
import { writeNodeModule } from './node-module-file.js';
import type { DecomposeProvenance, NodeModuleParts } from './node-module-parts.js';
import { createSharedPasses } from './shared-passes.js';

/**
 * A module of Pan & Rajan's decomposition: a whole network with some of its nodes set to 0 and an output layer of two columns, "this
 * class" and "another" (spec decompose §1). Its score is the margin between the two, the logit of its probability of "this class"
 * (§3.1).
 */
export class NodeModule implements Module, NodeModuleParts {
  readonly kind = 'nodes';
  readonly scoreKind = 'margin';
  readonly modelId: string;
  readonly classIndex: number;
  readonly classNames: readonly string[];
  readonly convMasks: readonly ConvMask[];
  readonly denseMasks: readonly DenseMask[];
  readonly addMasks: readonly ConvMask[];
  readonly outW: Float32Array;
  readonly outB: Float32Array;
  readonly provenance: DecomposeProvenance;

  /**
   * @param network the one that the module was made from; it is not copied and stays its owner's
   * @param release called by `dispose`, for whoever opened the network for this module
   */
  constructor(
    readonly network: tf.LayersModel,
    parts: NodeModuleParts,
    private readonly release?: () => void,
  ) {
    this.modelId = parts.modelId;
    this.classIndex = parts.classIndex;
    this.classNames = parts.classNames;
    this.convMasks = parts.convMasks;
    this.denseMasks = parts.denseMasks;
    this.addMasks = parts.addMasks;
    this.outW = parts.outW;
    this.outB = parts.outB;
    this.provenance = parts.provenance;
  }

  /** What it is made of beside its network, as plain data. */
  get parts(): NodeModuleParts {
    const { modelId, classIndex, classNames, convMasks, denseMasks, addMasks, outW, outB, provenance } = this;
    return { modelId, classIndex, classNames, convMasks, denseMasks, addMasks, outW, outB, provenance };
  }

  /** Name of its class. */
  get targetClass(): string {
    return this.classNames[this.classIndex];
  }

  get inputShape(): readonly (number | null)[] {
    return this.network.inputs[0].shape.slice(1);
  }

  /** The whole network's, with two columns in place of all. */
  get macs(): number {
    const { total, layers } = countMacs(this.network);
    const columns = this.classNames.length;
    return total - (layers[layers.length - 1].macs / columns) * (columns - 2);
  }

  /** The whole network's, with two columns in place of all. */
  get parameters(): number {
    return countParameters(this.network).parameters - (this.classNames.length - 2) * (this.outW.length / 2 + 1);
  }

  /** Of the output positions of all convolutions. */
  get keptRatio(): number {
    const positions = readLayerGraph(this.network)
      .filter((node) => roleOf(node) === 'convolution')
      .reduce(
        (sum, { outputShape }) => sum + outputShape.reduce<number>((product, size) => product * (size ?? NaN), 1),
        0,
      );
    return 1 - this.convMasks.reduce((sum, { inactive }) => sum + countBits(inactive), 0) / positions;
  }

  /** Modules of one network share its passes, see `createSharedPasses`. */
  get sharing(): ModuleSharing {
    return {
      key: `nodes of ${this.modelId}`,
      open: (modules) => openOnNetwork(this.network, modules.map(asNodeModule)),
    };
  }

  open(): OpenModule {
    return { scoreKind: this.scoreKind, ...openOnNetwork(this.network, [this]) };
  }

  save(folder: string, options: SaveModuleOptions = {}): Promise<string> {
    return writeNodeModule(this, this.network, folder, options);
  }

  /** Leaves the network alone, unless it was loaded for this module. */
  dispose(): void {
    this.release?.();
  }
}

function asNodeModule(module: Module): NodeModule {
  if (module instanceof NodeModule) return module;
  throw new ModelError(`The module of '${module.targetClass}' is one of ${module.kind}; expected one of nodes.`);
}

/** Margins [batch, modules]. */
function openOnNetwork(network: tf.LayersModel, modules: readonly NodeModule[]): Omit<OpenModule, 'scoreKind'> {
  const passes = createSharedPasses(network, modules);
  return {
    predict(x) {
      const { features, passOf } = passes.run(x);
      const [images, width] = [x.shape[0], modules.length];
      const margins = new Float32Array(images * width);
      modules.forEach((module, m) => {
        const own = marginsOf(module, features);
        for (let i = 0; i < images; i++) margins[i * width + m] = own[passOf[i * width + m]];
      });
      return tf.tensor2d(margins, [images, width]);
    },
    dispose: () => passes.dispose(),
  };
}
