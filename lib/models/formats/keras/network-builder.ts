import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import type { NamedTensor } from '../named-tensor.js';
import type { Network, NetworkLayer } from '../network.js';
import { tfjsSettings } from '../tfjs-settings.js';

/** What a layer of the file puts out, as a layer of the network being built. */
export interface Value {
  /** The network's layer. */
  readonly layer: string;
  /** Its output's shape in the network, with the batch. */
  readonly shape: tf.Shape;
  /** True for a map that has its channels first in the file; in the network they are last. */
  readonly channelsFirst: boolean;
  /**
   * For features flattened with channels first: the height, width and channels of the map. In the network they are in the order
   * of rows, columns, channels, in the file channels, rows, columns.
   */
  readonly flattened: readonly [number, number, number] | null;
  /** One channel of the layer's output, which waits for being stacked with others. */
  readonly channel: number | null;
}

/** A layer to be added. */
export interface LayerToAdd {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Value[];
  readonly weights?: ReadonlyMap<string, NamedTensor>;
  /** Default: the first input's. */
  readonly channelsFirst?: boolean;
  readonly flattened?: Value['flattened'];
}

/** Puts a {@link Network} together layer by layer and keeps track of shapes. */
export class NetworkBuilder {
  readonly layers: NetworkLayer[] = [];
  /** Sentences on what is left out and what is done in another way; a count stands for several layers of a kind. */
  readonly dropped = new Map<string, string[]>();
  readonly changed = new Map<string, string[]>();
  private readonly names = new Set<string>();
  private readonly finalNames: ReadonlySet<string>;

  /**
   * @param file name for messages
   * @param layerNames names that layers of the file have, which helpers between them must not take
   */
  constructor(
    readonly file: string,
    layerNames: Iterable<string>,
  ) {
    this.finalNames = new Set(layerNames);
  }

  /** Notes that a layer is left out; `why` groups the notes. */
  drop(layer: string, why: string): void {
    this.dropped.set(why, [...(this.dropped.get(why) ?? []), layer]);
  }

  /** Notes that a layer is another than in the file; `how` groups the notes. */
  change(layer: string, how: string): void {
    this.changed.set(how, [...(this.changed.get(how) ?? []), layer]);
  }

  /** A name like the wished one that no layer has. */
  freeName(wished: string): string {
    for (let i = 1; ; i++) {
      const name = i === 1 ? wished : `${wished}_${i}`;
      if (!this.names.has(name) && !this.finalNames.has(name)) return name;
    }
  }

  /** The layer that takes images (or features) of this shape, batch included. */
  addInput(name: string, shape: tf.Shape, channelsFirst: boolean): Value {
    this.names.add(name);
    const config = { batch_input_shape: [null, ...shape.slice(1)], dtype: 'float32' };
    this.layers.push({ name, className: 'InputLayer', config, inputs: [], weights: new Map() });
    return { layer: name, shape, channelsFirst, flattened: null, channel: null };
  }

  /**
   * Adds a layer and reckons its output's shape.
   * @throws ModelError naming the layer when its settings make no layer, or it does not take such an input
   */
  add(name: string, layer: LayerToAdd): Value {
    const { className, config, inputs, weights = new Map<string, NamedTensor>() } = layer;
    const [first] = inputs;
    const waiting = inputs.find(({ channel }) => channel !== null);
    if (waiting) {
      throw new ModelError(
        `${this.file}: layer '${name}' (${className}) works on one channel of '${waiting.layer}', which is not supported.`,
      );
    }
    const shape = this.outputShape(name, className, config, inputs);
    this.names.add(name);
    this.layers.push({ name, className, config, inputs: inputs.map((input) => input.layer), weights });
    const channelsFirst = layer.channelsFirst ?? first.channelsFirst;
    return { layer: name, shape, channelsFirst: channelsFirst && shape.length === 4, flattened: layer.flattened ?? null, channel: null }; // prettier-ignore
  }

  /** The finished network. */
  network(name: string, inputs: readonly string[], outputs: readonly Value[]): Network {
    return { name, layers: this.layers, inputs, outputs: outputs.map(({ layer }) => layer) };
  }

  private outputShape(
    name: string,
    className: string,
    config: Readonly<Record<string, unknown>>,
    inputs: readonly Value[],
  ): tf.Shape {
    const shapes = inputs.map(({ shape }) => shape);
    const fail = (reason: string, cause?: unknown): never => {
      throw new ModelError(
        `${this.file}: layer '${name}' (${className}) does not fit: ${reason}; its input is ` +
          `${shapes.map((shape) => `[${shape.map((n) => n ?? '?').join(', ')}]`).join(' and ')}.`,
        cause === undefined ? {} : { cause },
      );
    };
    const known = tf.serialization.SerializationMap.getMap().classNameMap;
    const [make, fromConfig] = Object.hasOwn(known, className) ? known[className] : [];
    if (!make || !fromConfig) return fail('there is no such class here');
    let layer: tf.layers.Layer;
    let output: tf.Shape;
    try {
      layer = fromConfig(make, shapeSettings({ ...config, name }) as tf.serialization.ConfigDict) as tf.layers.Layer;
      if (shapes.length > 1) layer.build([...shapes]); // merging layers learn from it whether they must broadcast
      output = layer.computeOutputShape(shapes.length > 1 ? [...shapes] : shapes[0]) as tf.Shape;
    } catch (cause) {
      return fail(cause instanceof Error ? cause.message : String(cause), cause);
    }
    const bad = output.find((n) => n !== null && !(Number.isSafeInteger(n) && n > 0));
    if (bad !== undefined) return fail(`its output would have the shape [${output.join(', ')}]`);
    return output;
  }
}

/** Settings that have no bearing on shapes, which need not make sense to tfjs. */
const NO_SHAPE = /_(initializer|regularizer|constraint)$|^(dtype|activation|trainable)$/;

const shapeSettings = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  tfjsSettings(Object.fromEntries(Object.entries(config).filter(([key]) => !NO_SHAPE.test(key))));
