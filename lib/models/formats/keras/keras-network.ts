import '../../layers/index.js';
import '../../subsample-channels.js';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import type { ReadingNotes } from '../model-format.js';
import type { Network } from '../network.js';
import { type FlatCall, type FlatModel, flattenModel } from './flatten-model.js';
import { type KerasLayer, readKerasGraph, type TensorRef, tensorRefs } from './keras-graph.js';
import type { LayerContext } from './layer-context.js';
import { layerType } from './layer-table.js';
import { NetworkBuilder, type Value } from './network-builder.js';
import { isOperation, translateOperation } from './operations.js';
import { simplifyNetwork } from './simplify-network.js';
import { assignWeights, type StoredWeight, type WeightsOfLayers } from './stored-weights.js';

/** A network out of a Keras or tfjs file, and what is to be said about it. */
export type KerasNetwork = { readonly network: Network } & Pick<ReadingNotes, 'dropped' | 'changed' | 'opened'>;

/**
 * Makes a network out of the JSON form of a Keras model and its weights: models inside opened, channels last, every layer one that
 * is known here.
 * @param topology `model_config`, `config.json` or tfjs's `modelTopology`
 * @param version of Keras that wrote it, where the file says so
 * @param file name for messages
 * @throws ModelError naming the file and the layer that has no counterpart here, or the weights that are missing or left
 */
export function kerasNetwork(
  topology: Readonly<Record<string, unknown>>,
  stored: readonly StoredWeight[],
  version: string | null,
  file: string,
): KerasNetwork {
  const graph = readKerasGraph(topology, file);
  const flat = flattenModel(graph, file);
  const { weights, shared } = assignWeights(graph, stored, (layer) => weightNames(layer, file), file);
  const builder = new NetworkBuilder(
    file,
    flat.calls.map(({ name }) => name),
  );
  const writer = { keras: majorVersion(version, flat), ownTerms: version?.startsWith('tfjs') === true };
  const firstAxis = takesChannelsFirst(flat);
  const values = new Map<string, Value>();
  const valueOf = (ref: TensorRef): Value => {
    const value = values.get(ref.layer);
    if (value && ref.output === 0) return value;
    throw new ModelError(
      `${file}: output ${ref.output} of layer '${ref.layer}': layers with several outputs are not supported.`,
    );
  };
  for (const call of flat.calls) {
    const value =
      call.layer.className === 'InputLayer'
        ? addInput(call, builder, firstAxis)
        : translate(call, builder, writer, weights, valueOf);
    values.set(call.name, value);
  }
  const outputs = flat.outputs.map(valueOf);
  for (const { layer, flattened, channel } of outputs) {
    if (flattened || channel !== null) {
      throw new ModelError(`${file}: the output '${layer}' is in the order of channels first, which is not supported.`);
    }
  }
  if (firstAxis) builder.change(flat.inputs[0], 'channels are moved from the first axis to the last');
  const network = simplifyNetwork(builder.network(graph.name, flat.inputs, outputs));
  return {
    network,
    opened: flat.opened,
    dropped: sentences(builder.dropped),
    changed: [...flatteningNotes(flat, shared), ...sentences(builder.changed)],
  };
}

function translate(
  call: FlatCall,
  build: NetworkBuilder,
  { keras, ownTerms }: { readonly keras: 2 | 3; readonly ownTerms: boolean },
  weights: WeightsOfLayers,
  valueOf: (ref: TensorRef) => Value,
): Value {
  const { layer } = call;
  const inputs = [...call.args, call.kwargs].flatMap((one) => tensorRefs(one)).map(valueOf);
  const context: LayerContext = {
    call,
    config: layer.config,
    inputs,
    weights: weights.get(layer) ?? new Map(),
    build,
    keras,
    value: (argument) => valueOf(argument as TensorRef),
  };
  const operation = operationName(layer, call);
  if (operation !== null) return translateOperation(context, operation);
  const type = layerType(layer.className);
  const plain = inputs.every((one) => !one.channelsFirst && !one.flattened);
  if (type && !(ownTerms && plain && isRegistered(layer.className))) return type.translate(context);
  // As tfjs saves it: with settings that Keras does not have, and classes of this project or of the caller's.
  const { config } = layer;
  return build.add(call.name, { className: layer.className, config, inputs, weights: context.weights });
}

/** TensorFlow's or Keras's name of an operation that has no layer; null for a layer. */
function operationName(layer: KerasLayer, call: FlatCall): string | null {
  const { className, module, config } = layer;
  if (className === 'TFOpLambda' || className === 'SlicingOpLambda') {
    return typeof config['function'] === 'string' ? config['function'] : className;
  }
  if (module?.includes('.ops.')) return className;
  // tfjs's converter leaves the module out; operations take their operands one by one, merging layers in a list.
  return module === null && (call.args.length > 1 || isBareOperation(layer)) ? className : null;
}

/** An operation of one tensor, where the file does not say that it is one: `Relu`, which is no layer's name. */
const isBareOperation = ({ className, module }: KerasLayer): boolean =>
  module === null && !layerType(className) && !isRegistered(className) && isOperation(className, 3);

/** @throws ModelError for a class that nobody has registered */
function weightNames(layer: KerasLayer, file: string): readonly string[] | null {
  const { className, module, config, name } = layer;
  if (className === 'InputLayer' || /OpLambda$/.test(className) || module?.includes('.ops.')) return [];
  const type = layerType(className);
  if (type) return type.weights?.(config) ?? [];
  if (module === null && layer.calls.some((call) => call.args.length > 1)) return [];
  if (isBareOperation(layer)) return [];
  if (isRegistered(className) && !NOT_FOR_IMAGES.has(className)) return null;
  if (className === 'Lambda') {
    throw new ModelError(
      `${file}: layer '${name}' (Lambda) is Python code, which cannot be read; replace it by layers of Keras (Rescaling, Resizing, …) and save again, or export the model to ONNX.`,
    );
  }
  throw new ModelError(
    `${file}: unknown layer type '${className}' (layer '${name}'); register its class with tf.serialization.registerClass first, or export the model to ONNX.`,
  );
}

const isRegistered = (className: string): boolean =>
  Object.hasOwn(tf.serialization.SerializationMap.getMap().classNameMap, className);

/** Classes that tfjs has under Keras's name with weights under other names: no part of image classifiers that are taken apart here. */
const NOT_FOR_IMAGES = new Set(['RNN', 'SimpleRNN', 'LSTM', 'GRU', 'ConvLSTM2D', 'Bidirectional', 'TimeDistributed', 'Embedding', 'MultiHeadAttention', 'Conv1D', 'Conv3D', 'Conv3DTranspose', 'EinsumDense']); // prettier-ignore

function addInput(call: FlatCall, builder: NetworkBuilder, channelsFirst: boolean): Value {
  const { config, name } = call.layer;
  const given =
    config['batch_input_shape'] ??
    config['batch_shape'] ??
    (Array.isArray(config['shape']) ? [null, ...(config['shape'] as unknown[])] : undefined);
  const isShape = (value: unknown): value is (number | null)[] =>
    Array.isArray(value) && value.every((n) => n === null || (Number.isSafeInteger(n) && (n as number) > 0));
  if (!isShape(given) || given.length < 2 || given.length > 4) {
    throw new ModelError(
      `${builder.file}: input '${name}': expected the shape of images [batch, height, width, channels], got ` +
        `${given === undefined || given === null ? 'none; build the model (call it once) before saving it' : JSON.stringify(given).slice(0, 60)}.`,
    );
  }
  const [, ...sizes] = given;
  if (sizes.length === 3 && channelsFirst) {
    const [channels, height, width] = sizes;
    return builder.addInput(call.name, [null, height, width, channels], true);
  }
  if (sizes.length !== 2) return builder.addInput(call.name, [null, ...sizes], false);
  // Images of one channel that have no axis for it.
  const image = builder.addInput(call.name, [null, ...sizes, 1], false);
  if (sizes.some((n) => n === null)) {
    throw new ModelError(
      `${builder.file}: input '${name}': expected a known height and width, got ${JSON.stringify(given)}.`,
    );
  }
  builder.change(name, 'images without an axis of channels have one channel');
  const without = builder.freeName(`${call.name}_rows`);
  return builder.add(without, { className: 'Reshape', config: { target_shape: sizes }, inputs: [image] });
}

/** Whether the image has its channels on the first axis: as the first layer that knows of channels says. */
function takesChannelsFirst(flat: FlatModel): boolean {
  for (const { layer } of flat.calls) {
    const { data_format: format, dims } = layer.config;
    if (layer.className === 'Permute') return JSON.stringify(dims) === '[2,3,1]';
    if (layer.className === 'Flatten' || layer.className.startsWith('Random')) continue;
    if (format === 'channels_first' || format === 'channelsFirst') return true;
    if (format !== undefined) return false;
  }
  return false;
}

/** Keras 3 calls an input's shape `batch_shape`. */
function majorVersion(version: string | null, flat: FlatModel): 2 | 3 {
  if (version !== null && /^\d/.test(version)) return Number.parseInt(version, 10) >= 3 ? 3 : 2;
  return flat.calls.some(({ layer }) => layer.className === 'InputLayer' && 'batch_shape' in layer.config) ? 3 : 2;
}

function flatteningNotes(flat: FlatModel, shared: readonly string[]): string[] {
  const list = (names: readonly string[]) => some(names.map((name) => `'${name}'`));
  return [
    ...(flat.opened.length ? [`models inside the model are opened: ${list(flat.opened)}`] : []),
    ...(flat.copies.length
      ? [
          `layers that are used more than once are copied, and learn apart: ${list([...new Set(flat.copies.map(({ layer }) => layer))])}`,
        ]
      : []),
    ...(shared.length
      ? [`layers that several of the models inside have in common are copied, and learn apart: ${list(shared)}`]
      : []),
    ...(flat.renamed.length
      ? [`layers of one name are renamed: ${some(flat.renamed.map(({ from, to }) => `'${from}' to '${to}'`))}`]
      : []),
    ...(flat.unused.length ? [`layers that no output depends on are left out: ${list(flat.unused)}`] : []),
  ];
}

const sentences = (notes: ReadonlyMap<string, readonly string[]>): string[] =>
  [...notes].map(([what, layers]) => `${what}: ${some(layers.map((name) => `'${name}'`))}`);

function some(items: readonly string[]): string {
  return items.length > 4 ? `${items.slice(0, 3).join(', ')} and ${items.length - 3} more` : items.join(', ');
}
