import { ModelError } from '../../../errors.js';
import { isObject } from '../model-file.js';

/** An output of a call of a layer. */
export interface TensorRef {
  readonly kind: 'tensor';
  readonly layer: string;
  /** Which of the layer's calls. */
  readonly call: number;
  /** Which of the call's outputs. */
  readonly output: number;
}

/** What a layer is called with: tensors, constants, and lists and dictionaries of both. */
export type Argument =
  TensorRef | number | string | boolean | null | readonly Argument[] | { readonly [name: string]: Argument };

/** One call of a layer. */
export interface KerasCall {
  readonly args: readonly Argument[];
  readonly kwargs: Readonly<Record<string, Argument>>;
}

/** A layer as a Keras file describes it; a layer that is a model has its own layers. */
export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  /** Keras 3 says in which of its modules the class is: 'keras.layers', 'keras.src.ops.numpy'. */
  readonly module: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly calls: readonly KerasCall[];
  readonly model: KerasModel | null;
  /** The shape it was built for, with the batch, where the file says so. */
  readonly builtFor: readonly (number | null)[] | null;
}

/** A model as a Keras file describes it; a sequential one is a chain of calls like any other. */
export interface KerasModel {
  readonly name: string;
  readonly className: string;
  readonly sequential: boolean;
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

export const isTensorRef = (value: unknown): value is TensorRef => isObject(value) && value['kind'] === 'tensor';

/** Models inside models beyond this are no network that anybody trained. */
const MOST_LEVELS = 40;

/**
 * Reads the JSON form of a model: Keras 2, Keras 3 and tfjs, functional and sequential, with models inside.
 * @param topology `model_config`, `config.json` or tfjs's `modelTopology`
 * @param file name for messages
 * @throws ModelError when it describes no model, or one that exists as Python code only
 */
export function readKerasGraph(topology: Readonly<Record<string, unknown>>, file: string): KerasModel {
  const config = topology['model_config'];
  if (isObject(config)) return readKerasGraph(config, file);
  return readModel(topology, file, 0);
}

function readModel(described: Readonly<Record<string, unknown>>, file: string, level: number): KerasModel {
  const { class_name: className, config } = described;
  if (level > MOST_LEVELS) throw new ModelError(`${file}: more than ${MOST_LEVELS} models inside each other.`);
  // Before Keras 2.2.3 the configuration of a sequential model was the list of its layers.
  const settings = Array.isArray(config) ? { layers: config } : config;
  if (typeof className !== 'string' || !isObject(settings)) {
    throw new ModelError(
      `${file}: expected the description of a Keras model with class_name and config, found ` +
        `${Object.keys(described).join(', ').slice(0, 120) || 'nothing'}.`,
    );
  }
  const name = typeof settings['name'] === 'string' ? settings['name'] : className.toLowerCase();
  if (!Array.isArray(settings['layers'])) {
    throw new ModelError(
      `${file}: model '${name}' is of the class ${className}, whose layers are Python code and not in the file. ` +
        `Build it as a functional model (keras.Model(inputs, outputs)) or a Sequential and save that, or export it to ONNX.`,
    );
  }
  const layers = settings['layers'].map((layer) => readLayer(layer, file, level));
  const again = layers.find(({ name: one }, i) => layers.findIndex((other) => other.name === one) !== i);
  if (again) throw new ModelError(`${file}: two layers are called '${again.name}'.`);
  if (className === 'Sequential' || !settings['output_layers']) return chain(name, className, layers, file);
  const refs = (key: 'input_layers' | 'output_layers') => {
    const found = tensorRefs(readArgument(settings[key], file, 0));
    if (found.length > 0) return found;
    throw new ModelError(`${file}: model '${name}': expected ${key} as [["layer", 0, 0]].`);
  };
  return { name, className, sequential: false, layers, inputs: refs('input_layers'), outputs: refs('output_layers') };
}

/** A sequential model: its layers, each called once with what the one before puts out. */
function chain(name: string, className: string, layers: readonly KerasLayer[], file: string): KerasModel {
  if (layers.length === 0) throw new ModelError(`${file}: model '${name}' has no layers.`);
  const ref = (layer: string): TensorRef => ({ kind: 'tensor', layer, call: 0, output: 0 });
  const [first, ...others] = layers;
  const taken = new Set(layers.map((layer) => layer.name));
  let inputName = 'input';
  while (taken.has(inputName)) inputName += '_';
  const start: KerasLayer =
    first.className === 'InputLayer'
      ? first
      : {
          name: inputName,
          className: 'InputLayer',
          module: null,
          config: { batch_input_shape: inputShape(first, file) },
          calls: [],
          model: null,
          builtFor: null,
        };
  const rest = first.className === 'InputLayer' ? others : layers;
  let before = start.name;
  const called = rest.map((layer): KerasLayer => {
    const call = { args: [ref(before)], kwargs: {} };
    before = layer.name;
    return { ...layer, calls: [call] };
  });
  return {
    name,
    className,
    sequential: true,
    layers: [start, ...called],
    inputs: [ref(start.name)],
    outputs: [ref(before)],
  };
}

/** The shape that a layer at a model's beginning takes; null where only its place in another model says it. */
function inputShape(layer: KerasLayer, file: string): readonly unknown[] | null {
  const { config, model, builtFor } = layer;
  const own = config['batch_input_shape'] ?? config['batch_shape'];
  if (Array.isArray(own)) return own as unknown[];
  if (model) {
    const input = model.layers.find(({ name }) => name === model.inputs[0].layer)!;
    return inputShape(input, file);
  }
  return builtFor;
}

function readLayer(layer: unknown, file: string, level: number): KerasLayer {
  if (!isObject(layer) || typeof layer['class_name'] !== 'string' || !isObject(layer['config'] ?? {})) {
    // A sequential model inside may be written as the list of its layers.
    if (isObject(layer) && layer['class_name'] === 'Sequential' && Array.isArray(layer['config'])) {
      return readLayer({ ...layer, config: { name: layer['name'], layers: layer['config'] } }, file, level);
    }
    throw new ModelError(`${file}: expected a layer with class_name and config, got ${shown(layer)}.`);
  }
  const { class_name: className, module, inbound_nodes: nodes } = layer;
  const config = (layer['config'] ?? {}) as Record<string, unknown>;
  const name = layer['name'] ?? config['name'];
  if (typeof name !== 'string' || name === '') {
    throw new ModelError(`${file}: expected a layer with a name, got ${shown(layer)}.`);
  }
  const build = layer['build_config'];
  const builtFor = isObject(build) && Array.isArray(build['input_shape']) ? build['input_shape'] : null;
  const isModel = Array.isArray(config['layers']);
  return {
    name,
    className,
    module: typeof module === 'string' ? module : null,
    config,
    calls: nodes === undefined ? [] : readCalls(nodes, name, file),
    model: isModel ? readModel(layer, file, level + 1) : null,
    builtFor: builtFor?.every((n) => n === null || Number.isInteger(n)) ? (builtFor as (number | null)[]) : null,
  };
}

function readCalls(nodes: unknown, name: string, file: string): KerasCall[] {
  if (!Array.isArray(nodes)) {
    throw new ModelError(`${file}: layer '${name}': expected inbound_nodes as a list, got ${shown(nodes)}.`);
  }
  return nodes.map((node: unknown): KerasCall => {
    if (isObject(node) && Array.isArray(node['args'])) {
      const kwargs = node['kwargs'] ?? {};
      return {
        args: node['args'].map((one) => readArgument(one, file, 0)),
        kwargs: isObject(kwargs) ? (readArgument(kwargs, file, 0) as Record<string, Argument>) : {},
      };
    }
    // Keras 2 and tfjs: ["layer", call, output, kwargs], or lists of those where a layer takes several tensors.
    const kwargs: Record<string, Argument> = {};
    const argument = Array.isArray(node) ? readOldNode(node as unknown[], kwargs, file, 0) : null;
    if (argument === null || !Array.isArray(node) || node.length === 0) {
      throw new ModelError(
        `${file}: layer '${name}': expected inbound_nodes as Keras writes them, [[["layer", 0, 0, {}]]] or ` +
          `[{"args": […], "kwargs": {}}], got ${shown(node)}.`,
      );
    }
    return { args: Array.isArray(argument) && argument.length === 1 ? [argument[0] as Argument] : [argument], kwargs };
  });
}

/** Null where it is nothing that Keras 2 writes. */
function readOldNode(
  node: readonly unknown[],
  kwargs: Record<string, Argument>,
  file: string,
  level: number,
): Argument {
  if (level > MOST_LEVELS) return null;
  const [first, call, output, more] = node;
  if (typeof first === 'string') {
    if (isObject(more)) Object.assign(kwargs, readArgument(more, file, level + 1));
    if (first === '_CONSTANT_VALUE') return readArgument(output, file, level + 1);
    if (!Number.isInteger(call) || !Number.isInteger(output)) return null;
    return { kind: 'tensor', layer: first, call: call as number, output: output as number };
  }
  const parts = node.map((one) => (Array.isArray(one) ? readOldNode(one as unknown[], kwargs, file, level + 1) : null));
  return parts.some((part) => part === null) ? null : parts;
}

/** An argument in either form: Keras 3's marked tensors, or Keras 2's ["layer", 0, 0]. */
function readArgument(value: unknown, file: string, level: number): Argument {
  if (level > MOST_LEVELS) throw new ModelError(`${file}: arguments of a layer are nested too deeply.`);
  if (Array.isArray(value)) {
    const [layer, call, output] = value as unknown[];
    if ((value.length === 3 || value.length === 4) && typeof layer === 'string' && isIndex(call) && isIndex(output)) {
      return { kind: 'tensor', layer, call, output };
    }
    return value.map((one) => readArgument(one, file, level + 1));
  }
  if (!isObject(value)) return value as Argument;
  const { class_name: kind, config } = value;
  if (kind === '__keras_tensor__' && isObject(config) && Array.isArray(config['keras_history'])) {
    return readArgument(config['keras_history'], file, level + 1);
  }
  if ((kind === '__numpy__' || kind === '__tensor__') && isObject(config)) {
    return readArgument(config['value'], file, level + 1);
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readArgument(one, file, level + 1)]));
}

/** The tensors in an argument, in order. */
export function tensorRefs(argument: Argument | undefined): TensorRef[] {
  if (isTensorRef(argument)) return [argument];
  if (Array.isArray(argument)) return (argument as Argument[]).flatMap(tensorRefs);
  if (isObject(argument)) return Object.values(argument as Record<string, Argument>).flatMap(tensorRefs);
  return [];
}

const isIndex = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);
