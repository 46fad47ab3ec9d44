import { ChannelsFirstLayers, type Placed, weightOf } from '../channels-first-layers.js';
import { type NamedTensor, permuteAxes } from '../named-tensor.js';
import {
  type Atom,
  axisSizes,
  type Feature,
  mapFeature,
  positionsIn,
  product,
  sameAtoms,
  sameAtomSet,
  vectorFeature,
} from './feature.js';
import { layerName } from './layer-names.js';
import type { NodeReader } from './node-reader.js';
import type { Constant } from './onnx-tensor.js';

/** What one node becomes: a value per output. */
export type Operator = (node: NodeReader, to: Conversion) => Feature | Constant | readonly (Feature | Constant)[];

/** The network in the making, and the ways in which ONNX's axes are brought to those of its layers. */
export class Conversion {
  readonly layers = new ChannelsFirstLayers();
  /** What became of the graph that is worth a word to the user. */
  readonly changed = new Set<string>();
  readonly dropped = new Set<string>();
  /** Nodes that have yet to read a layer's output. */
  readonly #reads = new Map<string, number>();
  readonly #maps = new Map<string, Feature>();

  expectReads(layer: string, nodes: number): void {
    this.#reads.set(layer, (this.#reads.get(layer) ?? 0) + nodes);
  }

  noteRead(layer: string): void {
    this.#reads.set(layer, (this.#reads.get(layer) ?? 0) - 1);
  }

  /** Whether only the node that is being converted reads the layer: then both may become one. */
  readOnlyHere(feature: Feature): boolean {
    const { layer } = feature;
    return this.#reads.get(layer) === 1 && !this.layers.layers.some(({ inputs }) => inputs.includes(layer));
  }

  name(node: NodeReader, weight?: string): string {
    return layerName(node.node, weight);
  }

  /** The same view of another layer's output of the same shape. */
  through(feature: Feature, { layer }: Placed): Feature {
    return { ...feature, layer };
  }

  /** ONNX's [batch, channels, height, width] as the output of a layer [height, width, channels]. */
  map(node: NodeReader, feature: Feature): Feature {
    if (feature.axes.length !== 3) {
      node.fail(`expected [batch, channels, height, width], got ${feature.axes.length + 1} axes.`);
    }
    const [c, h, w] = feature.axes;
    const [channels, height, width] = axisSizes(feature);
    const shape = [height, width, channels];
    const wanted = [...h, ...w, ...c];
    const key = JSON.stringify([feature.layer, shape, wanted.map((atom) => feature.atoms.indexOf(atom))]);
    const known = this.#maps.get(key);
    if (known) return known;
    const map = mapFeature(this.#arranged(node, feature, wanted, shape, c).layer, shape);
    this.#maps.set(key, map);
    return map;
  }

  /**
   * ONNX's [batch, features] as the output of a layer [features].
   * @returns `order`: for every number of the layer its position among ONNX's features; null where they agree
   */
  vector(node: NodeReader, feature: Feature): { placed: Placed; order: Int32Array | null } {
    if (feature.axes.length !== 1) node.fail(`expected [batch, features], got ${feature.axes.length + 1} axes.`);
    const features = product(feature.shape);
    const placed =
      feature.shape.length === 1
        ? { layer: feature.layer, shape: feature.shape }
        : this.layers.flatten(`${feature.layer}.flatten`, { layer: feature.layer, shape: feature.shape });
    const order = sameAtoms(feature.atoms, feature.axes[0]) ? null : positionsIn(feature.atoms, feature.axes[0]);
    return { placed: { layer: placed.layer, shape: [features] }, order };
  }

  /** As {@link vector}, the numbers brought to ONNX's order. */
  orderedVector(node: NodeReader, feature: Feature): Feature {
    const { placed, order } = this.vector(node, feature);
    if (order === null) return vectorFeature(placed.layer, placed.shape[0]!);
    const flat: Feature = { ...feature, layer: placed.layer, shape: placed.shape as number[] };
    const sorted = this.#permuted(flat, feature.axes[0], placed.shape as number[]);
    return vectorFeature(sorted.layer, placed.shape[0]!);
  }

  /** A rank-2 feature as the output of a layer [features], of the same atoms. */
  flattened(node: NodeReader, feature: Feature): Feature {
    const { placed } = this.vector(node, feature);
    return { ...feature, layer: placed.layer, shape: placed.shape as number[] };
  }

  /** A layer [channels] as a map of one pixel; a map as it is. */
  onPixel(feature: Feature): Feature {
    if (feature.shape.length !== 1) return feature;
    const shape = [1, 1, feature.shape[0]];
    const made = this.layers.reshape(`${feature.layer}.reshape`, { layer: feature.layer, shape: feature.shape }, shape);
    return { ...feature, layer: made.layer, shape };
  }

  /** The atoms of the layer's last axis. */
  channelAtoms({ atoms, shape }: Feature): readonly Atom[] {
    let first = atoms.length;
    for (let size = 1; size < shape[shape.length - 1]; size *= atoms[first].size) first--;
    return atoms.slice(first);
  }

  /**
   * Known numbers that go with a feature element by element as one number per channel of its layer, or a single number.
   * @returns null when they differ along other axes too
   */
  perChannel(feature: Feature, { shape, values }: Constant): number | Float32Array | null {
    if (values.length === 1) return values[0];
    const rank = feature.axes.length + 1;
    const sizes = [1, ...axisSizes(feature)];
    if (shape.length > rank) return null;
    const own: Atom[] = [];
    for (const [i, size] of shape.entries()) {
      const axis = rank - shape.length + i;
      if (size === 1) continue;
      if (axis === 0 || size !== sizes[axis]) return null;
      own.push(...feature.axes[axis - 1]);
    }
    const channels = this.channelAtoms(feature);
    if (!sameAtomSet(own, channels)) return null;
    return Float32Array.from(positionsIn(channels, own), (position) => values[position]);
  }

  /** x · scale + shift, in the layer before where it can be, else in a layer of its own. */
  scaleAndShift(node: NodeReader, x: Feature, scale: number | Float32Array, shift: number | Float32Array): Feature {
    const channels = x.shape[x.shape.length - 1];
    const list = (n: number | Float32Array) => (typeof n === 'number' ? new Float32Array(channels).fill(n) : n);
    const before = this.layers.layer(x.layer);
    if (this.readOnlyHere(x)) {
      if (
        scale === 1 &&
        before.config['use_bias'] === false &&
        !this.layers.layers.some((l) => l.inputs.includes(x.layer))
      ) {
        this.layers.replace(x.layer, {
          config: { ...before.config, use_bias: true },
          weights: new Map([...before.weights, ['bias', weightOf([channels], list(shift))]]),
        });
        return x;
      }
      if (/^(Batch|Group|Layer)Normalization$/.test(before.className)) {
        const weight = (name: string, otherwise: number) =>
          (before.weights.get(name)?.values as Float32Array | undefined) ?? list(otherwise);
        const [factors, offsets] = [list(scale), list(shift)];
        const gamma = weight('gamma', 1).map((v, i) => v * factors[i]);
        const beta = weight('beta', 0).map((v, i) => v * factors[i] + offsets[i]);
        const order = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
        const all = new Map<string, NamedTensor>([
          ...before.weights,
          ['gamma', weightOf([channels], gamma)],
          ['beta', weightOf([channels], beta)],
        ]);
        this.layers.replace(x.layer, {
          config: { ...before.config, scale: true, center: true },
          weights: new Map(order.flatMap((name) => (all.has(name) ? [[name, all.get(name)!]] : []))),
        });
        return x;
      }
      if (before.className === 'Rescaling' && typeof scale === 'number' && typeof shift === 'number') {
        const { scale: first, offset } = before.config as { scale: number; offset: number };
        this.layers.replace(x.layer, { config: { scale: first * scale, offset: offset * scale + shift } });
        return x;
      }
    }
    const placed = { layer: x.layer, shape: x.shape };
    if (typeof scale === 'number' && typeof shift === 'number') {
      return this.through(
        x,
        this.layers.add(this.name(node), 'Rescaling', { scale, offset: shift }, [x.layer], x.shape),
      );
    }
    this.changed.add('factors and offsets of channels became BatchNormalization layers with mean 0 and variance 1');
    const weights = {
      gamma: weightOf([channels], list(scale)),
      beta: weightOf([channels], list(shift)),
      mean: weightOf([channels], list(0)),
      variance: weightOf([channels], list(1)),
    };
    return this.through(x, this.layers.batchNorm(this.name(node), placed, weights, 0));
  }

  /** The numbers of a feature in another order, as a layer of another shape. */
  #arranged(
    node: NodeReader,
    x: Feature,
    wanted: readonly Atom[],
    shape: readonly number[],
    c: readonly Atom[],
  ): Placed {
    const placed = { layer: x.layer, shape: x.shape };
    const same = x.shape.length === shape.length && x.shape.every((n, axis) => n === shape[axis]);
    if (sameAtoms(x.atoms, wanted)) {
      return same ? placed : this.layers.reshape(`${x.layer}.reshape`, placed, shape);
    }
    const channels = this.channelAtoms(x);
    if (same && sameAtomSet(channels, c)) {
      // Only the channels change places.
      if (channels.length === 2 && c[0] === channels[1]) {
        const config = { groups: channels[0].size };
        return this.layers.add(`${this.name(node)}.shuffle`, 'ChannelShuffle', config, [x.layer], shape);
      }
      return this.layers.channels(`${this.name(node)}.channels`, placed, [...positionsIn(c, channels)]);
    }
    return this.#permuted(x, wanted, shape);
  }

  /** The general case: apart into atoms, permute, together again. */
  #permuted(x: Feature, wanted: readonly Atom[], shape: readonly number[]): Placed {
    const sizes = x.atoms.map(({ size }) => size);
    const order = wanted.map((atom) => x.atoms.indexOf(atom));
    const apart = this.layers.reshape(`${x.layer}.apart`, { layer: x.layer, shape: x.shape }, sizes);
    const moved = order.map((from) => sizes[from]);
    const dims = order.map((from) => from + 1);
    const permuted = this.layers.add(`${x.layer}.permute`, 'Permute', { dims }, [apart.layer], moved);
    return this.layers.reshape(`${x.layer}.together`, permuted, shape);
  }
}

/** A known tensor as a weight under the network's names. */
export const asWeight = (known: Constant): NamedTensor =>
  weightOf(known.shape, known.values instanceof Float32Array ? known.values : Float32Array.from(known.values));

/** [outputs, inputs] with the inputs in a layer's order. @param order see {@link Conversion.vector} */
export function withInputOrder(weight: NamedTensor, order: Int32Array | null): NamedTensor {
  if (order === null) return weight;
  const [outputs, inputs] = weight.shape;
  const values = new Float32Array(outputs * inputs);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) values[o * inputs + i] = Number(weight.values[o * inputs + order[i]]);
  }
  return { ...weight, values };
}

/** A matrix with its axes changed. */
export const flipped = (weight: NamedTensor): NamedTensor => ({
  ...weight,
  shape: [weight.shape[1], weight.shape[0]],
  values: permuteAxes(weight.values, weight.shape, [1, 0]),
});
