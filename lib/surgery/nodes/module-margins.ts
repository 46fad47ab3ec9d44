import { ModelError } from '../../errors.js';
import { modelDigest } from '../../models/model-digest.js';
import * as tf from '../../tf.js';
import { keepTensor } from './node-mask.js';
import type { NodeModuleParts } from './node-module-parts.js';
import { createNodeNetwork, type NodeNetwork } from './node-network.js';

/** A module on its network, ready to run; the network must outlive it. Holds mask tensors: dispose it. */
export interface ModuleForward {
  /**
   * The masked network up to the output layer.
   * @param x [batch, height, width, channels]
   * @returns [batch, features]; the caller disposes it
   */
  features(x: tf.Tensor4D): tf.Tensor2D;
  /** Own logit minus the other's, in double precision: [batch]. */
  margins(x: tf.Tensor4D): Float64Array;
  /** Frees what it holds; what it was made of stays. */
  dispose(): void;
}

/**
 * Puts a module's masks on its network: the naive way, a whole pass per module (spec decompose §2.4).
 * @throws ModelError when the module belongs to another network
 */
export function openNodeModule(network: NodeNetwork, module: NodeModuleParts): ModuleForward {
  requireNetwork(network, module);
  const keep = new Map<string, tf.Tensor>();
  for (const { layer, inactive } of nodeMasks(module)) {
    const { shape } = network.points.find((point) => point.layer === layer)!;
    keep.set(layer, keepTensor(inactive, shape));
  }
  const features = (x: tf.Tensor4D) =>
    network.run(x, ({ layer }, map) => {
      const mask = keep.get(layer);
      return mask && tf.mul(map, mask);
    });
  return {
    features,
    margins(x) {
      const values = features(x);
      const margins = marginsOf(module, values.dataSync<'float32'>());
      values.dispose();
      return margins;
    },
    dispose: () => tf.dispose([...keep.values()]),
  };
}

/**
 * A module's margins z_c − z_uc, from a whole pass of its network with the module's masks. For more than one batch,
 * {@link openNodeModule} prepares network and masks once.
 * @param x [batch, height, width, channels]
 * @returns [batch], in double precision
 * @throws ModelError when the module belongs to another model
 */
export function moduleMargins(model: tf.LayersModel, module: NodeModuleParts, x: tf.Tensor4D): Float64Array {
  const network = createNodeNetwork(model);
  try {
    const forward = openNodeModule(network, module);
    try {
      return forward.margins(x);
    } finally {
      forward.dispose();
    }
  } finally {
    network.dispose();
  }
}

/**
 * The margins z_c − z_uc of what the output layer reads, in double precision: probabilities of float32 are 1 for most images and
 * tie (spec decompose §3.1).
 * @param features [batch, features] row by row
 * @returns [batch]
 */
export function marginsOf({ outW, outB }: NodeModuleParts, features: Float32Array): Float64Array {
  const width = outW.length / 2;
  const direction = Float64Array.from({ length: width }, (_, f) => outW[2 * f] - outW[2 * f + 1]);
  const margins = new Float64Array(features.length / width);
  for (let i = 0; i < margins.length; i++) {
    let margin = outB[0] - outB[1];
    for (let f = 0; f < width; f++) margin += features[i * width + f] * direction[f];
    margins[i] = margin;
  }
  return margins;
}

/** All masks of a module. */
export function nodeMasks(
  module: NodeModuleParts,
): readonly (NodeModuleParts['convMasks'][number] | NodeModuleParts['denseMasks'][number])[] {
  return [...module.convMasks, ...module.addMasks, ...module.denseMasks];
}

/** @throws ModelError when the module belongs to another model */
export function requireModel(model: tf.LayersModel, module: NodeModuleParts): void {
  requireModelId(modelDigest(model), module);
}

function requireModelId(modelId: string, { classNames, classIndex, modelId: own }: NodeModuleParts): void {
  if (own === modelId) return;
  throw new ModelError(
    `Module of '${classNames[classIndex]}': it belongs to the model ${own.slice(0, 12)}…, this one is ${modelId.slice(0, 12)}…. A ` +
      'module is masks on the network it was made from; load that one.',
  );
}

/** @throws ModelError when the module belongs to another network, or its masks do not fit this one */
export function requireNetwork(network: NodeNetwork, module: NodeModuleParts): void {
  const who = `Module of '${module.classNames[module.classIndex]}'`;
  requireModelId(network.modelId, module);
  for (const { layer, inactive } of nodeMasks(module)) {
    const point = network.points.find((other) => other.layer === layer);
    if (point?.nodes !== inactive.length) {
      throw new ModelError(
        `${who}: its mask of layer '${layer}' has ${inactive.length} nodes, the network ${point?.nodes ?? 'has no such layer'}.`,
      );
    }
  }
  if (module.outW.length !== 2 * network.features || module.outB.length !== 2) {
    throw new ModelError(
      `${who}: expected an output layer of ${network.features}×2 weights and 2 biases, got ${module.outW.length} and ${module.outB.length}.`,
    );
  }
}
