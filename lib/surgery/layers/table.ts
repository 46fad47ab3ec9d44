import '../../models/layers/index.js';
import { ModelError, OptionError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { ActivationKind, Capability, LayerRole, LayerType } from '../graph/layer-type.js';
import { activation, softmax } from './activation.js';
import { add, otherMerges } from './add.js';
import { cropping, zeroPadding } from './borders.js';
import { channelShuffle } from './channel-shuffle.js';
import { concatenate } from './concatenate.js';
import { conv2d } from './convolutions/conv2d.js';
import { conv2dTranspose } from './convolutions/conv2d-transpose.js';
import { depthwiseConv2d } from './convolutions/depthwise-conv2d.js';
import { groupedConv2d } from './convolutions/grouped-conv2d.js';
import { separableConv2d } from './convolutions/separable-conv2d.js';
import { dense } from './dense.js';
import { input } from './input.js';
import { multiply } from './multiply.js';
import { neutral } from './neutral.js';
import { batchNormalization } from './normalizations/batch-normalization.js';
import { groupNormalization } from './normalizations/group-normalization.js';
import { layerNormalization } from './normalizations/layer-normalization.js';
import { localResponseNormalization } from './normalizations/local-response-normalization.js';
import { permute } from './permute.js';
import { globalAveragePooling, globalMaxPooling, otherPooling, pooling } from './pooling.js';
import { otherRectifiers, prelu, relu } from './rectifiers.js';
import { rescaling } from './rescaling.js';
import { flatten, reshape } from './reshape.js';
import { resizing, upSampling } from './resizing.js';
import { subsampleChannels } from './subsample-channels.js';

/** The layer types that surgery knows. */
const TABLE: readonly LayerType[] = [
  input,
  conv2d,
  depthwiseConv2d,
  separableConv2d,
  groupedConv2d,
  conv2dTranspose,
  dense,
  batchNormalization,
  layerNormalization,
  groupNormalization,
  localResponseNormalization,
  activation,
  softmax,
  relu,
  otherRectifiers,
  prelu,
  add,
  otherMerges,
  multiply,
  concatenate,
  pooling,
  otherPooling,
  globalAveragePooling,
  globalMaxPooling,
  zeroPadding,
  cropping,
  upSampling,
  resizing,
  rescaling,
  flatten,
  reshape,
  permute,
  subsampleChannels,
  channelShuffle,
  neutral,
];

const byClassName = new Map(TABLE.flatMap((type) => type.classNames.map((name) => [name, type] as const)));

/** What a capability is, for errors. */
const WORDS: Readonly<Record<Capability, string>> = {
  isNeutral: 'whether it does nothing in evaluation mode',
  channels: 'how channels flow through it',
  weights: 'which of its weights belong to a channel',
  ownWeights: 'how its weights are cut',
  cut: 'what is left of it when channels are cut',
  keepsZero: 'whether zeros stay zeros in it',
  makesZero: 'whether it makes zeros of removed channels',
  needsZeros: 'whether it needs zeros',
  step: 'how it is run',
  planned: 'how it is run in a plan',
  passesAffine: 'whether a scale and a shift pass through it',
  mixesChannels: 'whether it mixes channels',
  frozenStep: 'how it is run frozen',
  inputGradients: 'what its gradients are',
  absorbs: 'what folds into it',
  scaleAndShift: 'what it scales by',
  activation: 'which activation it is',
  multiplyAdds: 'how many multiply-adds it takes',
  deadInputs: 'which of its inputs are dead',
};

/**
 * Makes a layer type of one's own known to tracing, masking, cutting and running, in this process.
 * @returns forgets the type again
 * @throws OptionError when it has no class name or one that is taken
 * @example
 * const { addLayerType, ownStep, sameChannels } = surgery.layerTypes;
 * const forget = addLayerType({ classNames: ['Doubling'], channels: sameChannels, keepsZero: true, step: ownStep });
 * forget();
 */
export function addLayerType(type: LayerType): () => void {
  const taken = type.classNames.find((name) => byClassName.has(name));
  if (taken !== undefined || type.classNames.length === 0) {
    throw new OptionError(
      taken === undefined
        ? 'addLayerType: classNames must hold at least one class name of a layer.'
        : `addLayerType: there is a layer type for '${taken}' already.`,
    );
  }
  for (const name of type.classNames) byClassName.set(name, type);
  return () => {
    for (const name of type.classNames) byClassName.delete(name);
  };
}

/** The type of layers of a class; undefined for one that is not known. */
export const layerType = (className: string): LayerType | undefined => byClassName.get(className);

/** A capability of a layer's type, undefined where it lacks it. */
export function capabilityOf<Name extends Capability>(
  { className }: LayerNode,
  name: Name,
): LayerType[Name] | undefined {
  return byClassName.get(className)?.[name];
}

/**
 * A capability of a layer's type.
 * @throws ModelError naming the layer and what its type does not say
 */
export function requireCapability<Name extends Capability>(node: LayerNode, name: Name): NonNullable<LayerType[Name]> {
  const capability = capabilityOf(node, name);
  if (capability !== undefined) return capability;
  throw new ModelError(
    `Layer '${node.name}' (${node.className}): ` +
      (byClassName.has(node.className)
        ? `its layer type does not say ${WORDS[name]} (${name}).`
        : `unknown layer type; nobody has said ${WORDS[name]} (${name}). addLayerType takes types of your own.`),
  );
}

/** What a layer is to passes that look for a kind. */
export const roleOf = ({ className }: { readonly className: string }): LayerRole | undefined =>
  byClassName.get(className)?.role;

/** Whether a layer hands its input on unchanged in evaluation mode. */
export const isNeutral = (node: LayerNode): boolean => capabilityOf(node, 'isNeutral')?.(node) ?? false;

/** Whether a channel of zeros stays one in a layer. */
export function keepsZero(node: LayerNode): boolean {
  const keeps = capabilityOf(node, 'keepsZero') ?? false;
  return typeof keeps === 'boolean' ? keeps : keeps(node);
}

/** Whether a channel that a layer reads cannot be told from the others in what it puts out. */
export const mixesChannels = (node: Pick<LayerNode, 'className'>): boolean => {
  const type = byClassName.get(node.className);
  return type?.mixesChannels ?? type?.needsZeros ?? false;
};

/** Which activation a layer is; undefined for any other layer. */
export const activationKind = (node: LayerNode): ActivationKind | undefined => capabilityOf(node, 'activation')?.(node);
