import { ModelError } from '../../../errors.js';
import type { NamedTensor } from '../named-tensor.js';
import type { KerasLayer, KerasModel } from './keras-graph.js';
import { snakeCase } from './operations.js';

/** One array of a weight file, under the name that it has there. */
export interface StoredWeight {
  readonly name: string;
  /** The layer of the outermost model under which an .h5 file keeps it. */
  readonly group: string | null;
  readonly tensor: NamedTensor;
}

/** A layer that is no model, and where it stands. */
export interface LeafLayer {
  readonly layer: KerasLayer;
  /** Keras 3's place of it: `layers/functional/layers/conv2d_1`, counted by class, whatever the layers are called. */
  readonly path: string;
  /** Names of the models around it, the outermost left out, and its own. */
  readonly chain: readonly string[];
}

/** The layers of a model and of all models inside it, in the file's order. */
export function leafLayers(model: KerasModel, path = '', chain: readonly string[] = []): LeafLayer[] {
  const used = new Map<string, number>();
  return model.layers.flatMap((layer) => {
    const kind = snakeCase(layer.className);
    const count = used.get(kind) ?? 0;
    used.set(kind, count + 1);
    const place = `${path}layers/${count === 0 ? kind : `${kind}_${count}`}`;
    const names = [...chain, layer.name];
    return layer.model ? leafLayers(layer.model, `${place}/`, names) : [{ layer, path: place, chain: names }];
  });
}

/** Weights by layer; what has no place in the model is an error, what a layer needs not for its answers is left out. */
export type WeightsOfLayers = ReadonlyMap<KerasLayer, ReadonlyMap<string, NamedTensor>>;

/** The weights of all layers. */
export interface AssignedWeights {
  readonly weights: WeightsOfLayers;
  /** Names of layers that stand in several of the models inside, whose weights the file keeps once. */
  readonly shared: readonly string[];
}

/** What no layer of the network needs: states of random numbers, of optimizers and of metrics. */
const NO_WEIGHTS =
  /(^|\/)(seed_generator|optimizer|optimizer_weights|_?metrics|compile_metrics|top_level_model_weights)(\/|$)/;

/**
 * Finds the weights of all layers.
 * @param weightsOf names of a layer's weights in Keras's order; null for a class whose weights are not known, which gets all under its name
 * @param file name for messages
 * @throws ModelError naming every tensor that is missing or has no place
 */
export function assignWeights(
  model: KerasModel,
  stored: readonly StoredWeight[],
  weightsOf: (layer: KerasLayer) => readonly string[] | null,
  file: string,
): AssignedWeights {
  const leaves = leafLayers(model);
  const wanted = leaves.map((leaf) => ({ ...leaf, names: weightsOf(leaf.layer) }));
  const useful = stored.filter(({ name }) => !NO_WEIGHTS.test(name));
  const byPath = useful.some(({ name }) => /(^|\/)vars\/\d+$/.test(name));
  const { found, left } = byPath ? findByPath(wanted, useful, file) : findByName(wanted, useful, model);
  const shared = shareWeights(wanted, found);
  const missing = wanted.flatMap(({ layer, names }) =>
    (names ?? [])
      .filter((name) => !found.get(layer)?.has(name))
      .map((name) => `'${layer.name}/${name}' (layer ${layer.name})`),
  );
  const unexpected = left.map(({ name }) => `'${name}'`);
  const problems = [
    ...(missing.length ? [`missing tensors: ${some(missing)}`] : []),
    ...(unexpected.length ? [`tensors without a place in model ${model.name}: ${some(unexpected)}`] : []),
  ];
  if (problems.length) throw new ModelError(`${file}: ${problems.join('. ')}.`);
  return { weights: found, shared };
}

/**
 * A layer that stands both inside and outside of a model inside, or in two of them, is described in each place and its weights are
 * kept in the first. Layers without any weight take those of the layer of the same name and settings.
 * @returns the names of such layers
 */
function shareWeights(wanted: readonly Wanted[], found: Found['found']): string[] {
  const owners = new Map<string, KerasLayer>();
  // Keras 3 counts the objects that it writes, each time anew.
  const settings = (config: KerasLayer['config']) =>
    JSON.stringify(config, (key, value: unknown) => (key === 'shared_object_id' ? undefined : value));
  const key = ({ layer: { className, name, config } }: Wanted) => `${className} ${name} ${settings(config)}`;
  const hasWeights = ({ layer }: Wanted) => (found.get(layer)?.size ?? 0) > 0;
  for (const one of wanted) {
    if (hasWeights(one) && !owners.has(key(one))) owners.set(key(one), one.layer);
  }
  const shared: string[] = [];
  for (const one of wanted) {
    const owner = (one.names?.length ?? 0) > 0 && !hasWeights(one) ? owners.get(key(one)) : undefined;
    if (!owner) continue;
    found.set(one.layer, found.get(owner)!);
    shared.push(one.layer.name);
  }
  return shared;
}

interface Wanted extends LeafLayer {
  readonly names: readonly string[] | null;
}
interface Found {
  readonly found: Map<KerasLayer, Map<string, NamedTensor>>;
  readonly left: StoredWeight[];
}

/** Keras 3 (and Keras 2's .keras): weights by the place of their layer and their number. */
function findByPath(wanted: readonly Wanted[], stored: readonly StoredWeight[], file: string): Found {
  const arrays = new Map<string, NamedTensor[]>();
  const left = new Map(stored.map((one) => [one.name, one]));
  for (const { name, tensor } of stored) {
    // Windows paths, and Keras 2.12's name of the list of layers
    const clean = name.replaceAll('\\', '/').replaceAll('_layer_checkpoint_dependencies', 'layers');
    const [, place, number] = /^(?:\/)?(.*)\/vars\/(\d+)$/.exec(clean) ?? [];
    if (place === undefined) continue;
    const list = arrays.get(place) ?? [];
    list[Number(number)] = tensor;
    arrays.set(place, list);
  }
  const found: Found['found'] = new Map();
  for (const { layer, path, names } of wanted) {
    const own = arrays.get(path) ?? [];
    const places = [...left.keys()].filter((name) => isUnder(name, path));
    for (const name of places) left.delete(name);
    if (!names || names.length === 0) continue;
    if (own.length !== 0 && own.length !== names.length) {
      throw new ModelError(
        `${file}: layer '${layer.name}' (${layer.className}): expected ${names.length} weights (${names.join(', ')}) at ` +
          `${path}/vars, got ${own.length}.`,
      );
    }
    found.set(layer, new Map(names.flatMap((name, i) => (own[i] ? [[name, own[i]] as const] : []))));
  }
  return { found, left: [...left.values()] };
}

const isUnder = (name: string, path: string): boolean =>
  name.replaceAll('\\', '/').replaceAll('_layer_checkpoint_dependencies', 'layers').startsWith(`${path}/`);

/** Other names that Keras and tfjs have for the same weight. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  depthwise_kernel: ['kernel'],
  kernel: ['depthwise_kernel'],
};

/** Keras 2, Keras 3's .h5 and tfjs: weights by the names of layer and weight, or by their order where layers were renamed. */
function findByName(wanted: readonly Wanted[], stored: readonly StoredWeight[], model: KerasModel): Found {
  const found: Found['found'] = new Map();
  const left = new Set(stored);
  const endings = new Map<string, StoredWeight[]>();
  const shorter = new Map<string, StoredWeight[]>();
  for (const one of stored) {
    const parts = one.name.split('/');
    addEndings(endings, parts, one);
    // A cell's or wrapper's name may stand between the layer's and the weight's.
    if (parts.length > 2) addEndings(shorter, [...parts.slice(0, -2), parts[parts.length - 1]], one);
  }
  const groupOf = ({ chain }: LeafLayer) => chain[0];
  const take = ({ layer, chain }: Wanted, name: string): NamedTensor | undefined => {
    const fits = (one: StoredWeight) => left.has(one) && (one.group === null || one.group === chain[0]);
    for (const spelled of [name, ...(ALIASES[name] ?? [])]) {
      const keys = [[...chain, spelled].join('/'), `${layer.name}/${spelled}`];
      for (const table of [endings, shorter]) {
        for (const key of keys) {
          const one = table.get(key)?.find(fits);
          if (!one) continue;
          left.delete(one);
          return one.tensor;
        }
      }
    }
    return undefined;
  };
  // More specific places first, so that 'a/conv' does not take what is meant for 'b/a/conv'.
  for (const one of [...wanted].sort((a, b) => b.chain.length - a.chain.length)) {
    const weights = new Map<string, NamedTensor>();
    for (const name of one.names ?? []) {
      const tensor = take(one, name);
      if (tensor) weights.set(name, tensor);
    }
    if (one.names === null) {
      for (const each of [...left].filter(({ name }) => name.startsWith(`${one.layer.name}/`))) {
        weights.set(each.name.slice(one.layer.name.length + 1), each.tensor);
        left.delete(each);
      }
    }
    found.set(one.layer, weights);
  }
  const bare = wanted.filter(({ names }) => names?.length === 0).map(({ layer }) => layer.name);
  for (const one of left) {
    if (bare.some((name) => one.name.startsWith(`${name}/`) || one.name.includes(`/${name}/`))) left.delete(one);
  }
  for (const { name } of model.layers) {
    const group = wanted.filter((one) => groupOf(one) === name && one.names && one.names.length > 0);
    const rest = [...left].filter((one) => one.group === name);
    if (rest.length === 0) continue;
    const byOrder = inOrder(
      group,
      stored.filter((one) => one.group === name),
    );
    if (!byOrder) continue;
    for (const [layer, weights] of byOrder) found.set(layer, weights);
    for (const one of rest) left.delete(one);
  }
  return { found, left: [...left] };
}

function addEndings(table: Map<string, StoredWeight[]>, parts: readonly string[], one: StoredWeight): void {
  for (let i = 0; i <= parts.length - 2; i++) {
    const key = parts.slice(i).join('/');
    const list = table.get(key) ?? [];
    if (list[list.length - 1] !== one) list.push(one);
    table.set(key, list);
  }
}

const isStatistic = (name: string): boolean => name.startsWith('moving_');

/**
 * The weights of a group in the order in which Keras writes and reads them: those that are trained, then the others. Null when
 * numbers of axes do not agree.
 */
function inOrder(
  group: readonly Wanted[],
  stored: readonly StoredWeight[],
): Map<KerasLayer, Map<string, NamedTensor>> | null {
  const all = group.flatMap(({ layer, names }) => names!.map((name) => ({ layer, name })));
  if (all.length !== stored.length) return null;
  const isTrained = ({ layer, name }: { layer: KerasLayer; name: string }, frozen: boolean) =>
    !isStatistic(name) && !(frozen && layer.config['trainable'] === false);
  const orders = [true, false].map((frozen) => [
    ...all.filter((one) => isTrained(one, frozen)),
    ...all.filter((one) => !isTrained(one, frozen)),
  ]);
  for (const order of [...orders, all]) {
    if (!order.every(({ layer, name }, i) => fitsRoughly(layer, name, stored[i].tensor))) continue;
    const found = new Map<KerasLayer, Map<string, NamedTensor>>();
    order.forEach(({ layer, name }, i) => {
      const weights = found.get(layer) ?? new Map<string, NamedTensor>();
      found.set(layer, weights.set(name, stored[i].tensor));
    });
    return found;
  }
  return null;
}

function fitsRoughly(layer: KerasLayer, name: string, { shape }: NamedTensor): boolean {
  if (!name.endsWith('kernel')) return name === 'alpha' || shape.length <= 1;
  const { units, filters } = layer.config;
  if (typeof units === 'number') return shape.length === 2 && shape[1] === units;
  if (shape.length !== 4) return false;
  return typeof filters !== 'number' || name !== 'kernel' || shape[3] === filters || shape[2] === filters;
}

function some(items: readonly string[]): string {
  const shown = items.slice(0, 5).join(', ');
  return items.length > 5 ? `${shown} and ${items.length - 5} more` : shown;
}
