import { ModelError } from '../../../errors.js';
import {
  type Argument,
  isTensorRef,
  type KerasCall,
  type KerasLayer,
  type KerasModel,
  type TensorRef,
  tensorRefs,
} from './keras-graph.js';

/** One call of one layer, after all models inside the model have been opened. */
export interface FlatCall {
  /** Unique among the calls. Tensors in the arguments name the call they come from by it. */
  readonly name: string;
  readonly layer: KerasLayer;
  readonly args: readonly Argument[];
  readonly kwargs: Readonly<Record<string, Argument>>;
}

/** A model as one list of calls, inputs before their readers. */
export interface FlatModel {
  readonly calls: readonly FlatCall[];
  readonly inputs: readonly string[];
  readonly outputs: readonly TensorRef[];
  /** Names of the models that were inside. */
  readonly opened: readonly string[];
  /** Layers that are called more than once; each further call has the name of its own that is given here. */
  readonly copies: readonly { readonly layer: string; readonly copy: string }[];
  /** Layers with another name than in the file, because two models inside use the same. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** Layers that no output depends on. */
  readonly unused: readonly string[];
}

/** Models that call models twice that call models twice … grow without end. */
const MOST_CALLS = 20_000;

/**
 * Opens the models inside a model: one list of layers, whatever the depth. Names stay where they are unique; a layer that
 * is called again becomes a layer of its own.
 * @param file name for messages
 * @throws ModelError naming the layers: an input from nowhere, a layer that feeds itself, more calls than any network has
 */
export function flattenModel(model: KerasModel, file: string): FlatModel {
  const calls: FlatCall[] = [];
  const taken = new Set<string>();
  const called = new Set<KerasLayer>();
  const opened = new Set<string>();
  const copies: { layer: string; copy: string }[] = [];
  const renamed: { from: string; to: string }[] = [];
  const unused: string[] = [];

  const uniqueName = (layer: KerasLayer, inside: readonly string[]): string => {
    const candidates = [layer.name, [...inside.slice(1), layer.name].join('_')];
    let name = candidates.find((candidate) => !taken.has(candidate));
    for (let i = 2; name === undefined; i++) {
      if (!taken.has(`${layer.name}_${i}`)) name = `${layer.name}_${i}`;
    }
    taken.add(name);
    if (called.has(layer)) copies.push({ layer: layer.name, copy: name });
    else if (name !== layer.name) renamed.push({ from: layer.name, to: name });
    called.add(layer);
    return name;
  };

  /** @param bound what the model's inputs are, for a model inside another */
  const open = (one: KerasModel, bound: readonly TensorRef[] | null, inside: readonly string[]): TensorRef[] => {
    const keyOf = callKeys(one, file);
    const waiting = neededCalls(one, keyOf, file, unused);
    const values = new Map<string, readonly TensorRef[]>();
    one.inputs.forEach((input, i) => {
      const key = keyOf(input, one.name);
      if (bound) values.set(key, [bound[i]]);
      waiting.delete(key);
      if (bound) return;
      const layer = one.layers.find(({ name }) => name === input.layer)!;
      const name = uniqueName(layer, inside);
      calls.push({ name, layer, args: [], kwargs: {} });
      values.set(key, [{ kind: 'tensor', layer: name, call: 0, output: 0 }]);
    });
    const resolve = (argument: Argument, by: string): Argument => {
      if (isTensorRef(argument)) {
        const outputs = values.get(keyOf(argument, by))!;
        const found = outputs[argument.output];
        if (found) return found;
        throw new ModelError(
          `${file}: layer '${by}' takes output ${argument.output} of '${argument.layer}', which has ${outputs.length}.`,
        );
      }
      if (Array.isArray(argument)) return (argument as Argument[]).map((part) => resolve(part, by));
      if (typeof argument !== 'object' || argument === null) return argument;
      return Object.fromEntries(Object.entries(argument).map(([key, part]) => [key, resolve(part, by)]));
    };
    for (let progress = true; progress && waiting.size > 0;) {
      progress = false;
      for (const [key, { layer, call }] of waiting) {
        const needs = refsOf(call);
        if (!needs.every((need) => values.has(keyOf(need, layer.name)))) continue;
        waiting.delete(key);
        progress = true;
        if (calls.length >= MOST_CALLS) throw new ModelError(`${file}: expected at most ${MOST_CALLS} layers.`);
        if (layer.model) {
          opened.add(layer.name);
          const arguments_ = needs.map((need) => resolve(need, layer.name) as TensorRef);
          const given = arguments_.slice(0, layer.model.inputs.length);
          if (given.length < layer.model.inputs.length) {
            throw new ModelError(
              `${file}: model '${layer.name}' takes ${layer.model.inputs.length} inputs, got ${given.length}.`,
            );
          }
          values.set(key, open(layer.model, given, [...inside, layer.name]));
          continue;
        }
        const name = uniqueName(layer, inside);
        const args = call.args.map((argument) => resolve(argument, layer.name));
        const kwargs = resolve(call.kwargs, layer.name) as Record<string, Argument>;
        calls.push({ name, layer, args, kwargs });
        // How many outputs a layer has is not in the file; whoever makes the layer knows.
        values.set(key, [{ kind: 'tensor', layer: name, call: 0, output: 0 }]);
      }
    }
    const [stuck] = waiting.values();
    if (stuck) throw new ModelError(`${file}: layer '${stuck.layer.name}' takes its input from its own output.`);
    return one.outputs.map((output) => resolve(output, one.name) as TensorRef);
  };

  const outputs = open(model, null, [model.name]);
  const inputs = calls.filter(({ args, layer }) => args.length === 0 && layer.className === 'InputLayer');
  return { calls, inputs: inputs.map(({ name }) => name), outputs, opened: [...opened], copies, renamed, unused };
}

const refsOf = (call: KerasCall): TensorRef[] => [...call.args, call.kwargs].flatMap((one) => tensorRefs(one));

/**
 * The key of the call that a reference means. A model inside counts its own making as call 0, or does not, depending on who
 * wrote the file; the numbers of all references to it say which.
 */
function callKeys(model: KerasModel, file: string): (ref: TensorRef, by: string) => string {
  const counts = new Map(model.layers.map((layer) => [layer.name, Math.max(1, layer.calls.length)]));
  const shifted = new Set<string>();
  for (const ref of [...model.layers.flatMap(({ calls }) => calls.flatMap(refsOf)), ...model.outputs]) {
    if (ref.call === counts.get(ref.layer)) shifted.add(ref.layer);
  }
  const nested = new Set(model.layers.filter((layer) => layer.model).map(({ name }) => name));
  return (ref, by) => {
    const count = counts.get(ref.layer);
    const call = shifted.has(ref.layer) && nested.has(ref.layer) ? ref.call - 1 : ref.call;
    if (count === undefined || call >= count || call < 0) {
      throw new ModelError(
        `${file}: layer '${by}' takes its input from '${ref.layer}', which is not there or has no such output.`,
      );
    }
    return `${ref.layer}:${call}`;
  };
}

/** The calls that a model's outputs depend on, in the file's order, with the names of the layers that none depends on. */
function neededCalls(
  model: KerasModel,
  keyOf: (ref: TensorRef, by: string) => string,
  file: string,
  unused: string[],
): Map<string, { layer: KerasLayer; call: KerasCall }> {
  const all = new Map<string, { layer: KerasLayer; call: KerasCall }>();
  for (const layer of model.layers) {
    const calls = layer.calls.length > 0 ? layer.calls : [{ args: [], kwargs: {} }];
    calls.forEach((call, i) => all.set(`${layer.name}:${i}`, { layer, call }));
  }
  const needed = new Set<string>();
  const open = model.outputs.map((output) => keyOf(output, model.name));
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (needed.has(key)) continue;
    needed.add(key);
    const { layer, call } = all.get(key)!;
    for (const ref of refsOf(call)) open.push(keyOf(ref, layer.name));
  }
  for (const input of model.inputs) needed.add(keyOf(input, model.name));
  for (const [key, { layer }] of all) {
    if (needed.has(key)) {
      if (layer.className !== 'InputLayer' && refsOf(all.get(key)!.call).length === 0) {
        throw new ModelError(`${file}: layer '${layer.name}' takes its input from nowhere.`);
      }
      continue;
    }
    all.delete(key);
    if (!unused.includes(layer.name)) unused.push(layer.name);
  }
  return all;
}
