import { ModelError } from '../../../errors.js';
import {
  ChannelsFirstLayers,
  type ImageShape,
  type Placed,
  type PoolSettings,
  weightOf,
} from '../channels-first-layers.js';
import type { NamedTensor } from '../named-tensor.js';
import type { Network } from '../network.js';
import { exportAdvice } from './export-advice.js';

type Pair = readonly [number, number];

/** How a convolution of a state dict runs, where its weight's shape does not say it. */
export interface TorchConv {
  readonly stride?: number;
  /** Default: half the kernel, rounded down, times the dilation. */
  readonly padding?: number | Pair | 'same';
  readonly dilation?: number;
}

/**
 * A network out of a state dict. Architectures say which layer follows which; widths, kernels, groups and biases come from the
 * tensors. Layers get the names of PyTorch's modules.
 */
export class TorchNetwork {
  readonly layers = new ChannelsFirstLayers();
  /** What the names do not say and the architecture has by custom, in words. */
  readonly assumed = new Set<string>();
  readonly #used = new Set<string>();
  #input = '';

  constructor(
    private readonly state: ReadonlyMap<string, NamedTensor>,
    private readonly file: string,
    /** torchvision's or timm's name of the network, where the caller or a file says it. */
    readonly architecture: string | null = null,
  ) {}

  fail(message: string): never {
    throw new ModelError(`${this.file}: ${message}`);
  }

  has(name: string): boolean {
    return this.state.has(name);
  }

  /** A tensor as float32. @throws ModelError when it is missing, of another rank or not of floating-point numbers */
  tensor(name: string, rank: number): NamedTensor {
    const tensor = this.state.get(name);
    if (!tensor) return this.fail(`tensor '${name}' is missing.`);
    if (tensor.shape.length !== rank || tensor.shape.some((n) => n < 1)) {
      return this.fail(`tensor '${name}': expected ${rank} axes, got [${tensor.shape.join(', ')}].`);
    }
    const { values } = tensor;
    if (!(values instanceof Float32Array || values instanceof Float64Array)) {
      return this.fail(`tensor '${name}': expected floating-point numbers, got ${tensor.dtype}.`);
    }
    this.#used.add(name);
    return weightOf(tensor.shape, values instanceof Float32Array ? values : Float32Array.from(values));
  }

  shape(name: string): readonly number[] {
    return this.state.get(name)?.shape ?? this.fail(`tensor '${name}' is missing.`);
  }

  /** The numbers that stand behind a prefix: `features.` → 0, 3, 6, … */
  indices(prefix: string): number[] {
    const found = new Set<number>();
    for (const name of this.state.keys()) {
      if (!name.startsWith(prefix)) continue;
      const index = /^\d+/.exec(name.slice(prefix.length));
      if (index) found.add(Number(index[0]));
    }
    return [...found].sort((a, b) => a - b);
  }

  input(shape: ImageShape): Placed {
    const placed = this.layers.input('input', shape);
    this.#input = placed.layer;
    return placed;
  }

  conv(name: string, x: Placed, { stride = 1, padding, dilation = 1 }: TorchConv = {}): Placed {
    const weight = this.tensor(`${name}.weight`, 4);
    const [filters, depth, height, width] = weight.shape;
    const channels = x.shape[2]!;
    const groups = channels / depth;
    if (!Number.isInteger(groups) || filters % groups !== 0) {
      this.fail(`tensor '${name}.weight' [${weight.shape.join(', ')}] does not fit ${channels} channels.`);
    }
    const half = (size: number) => Math.floor(((size - 1) * dilation) / 2);
    const both = typeof padding === 'number' ? ([padding, padding] as const) : padding;
    const [down, across] = both === undefined || both === 'same' ? [half(height), half(width)] : both;
    return this.layers.conv(name, x, {
      weight,
      bias: this.has(`${name}.bias`) ? this.#vector(`${name}.bias`, filters) : null,
      strides: [stride, stride],
      border: padding === 'same' ? padding : [down, across, down, across],
      dilations: [dilation, dilation],
      groups,
    });
  }

  batchNorm(name: string, x: Placed, epsilon = 1e-5): Placed {
    const channels = x.shape[x.shape.length - 1]!;
    const has = (part: string) => this.has(`${name}.${part}`);
    return this.layers.batchNorm(
      name,
      x,
      {
        ...(has('weight') ? { gamma: this.#vector(`${name}.weight`, channels) } : {}),
        ...(has('bias') ? { beta: this.#vector(`${name}.bias`, channels) } : {}),
        mean: this.#vector(`${name}.running_mean`, channels),
        variance: this.#vector(`${name}.running_var`, channels),
      },
      epsilon,
    );
  }

  /** Convolution, batch normalisation and an activation; the last two where they are wanted. */
  convBn(
    conv: string,
    bn: string,
    x: Placed,
    how: TorchConv & { epsilon?: number; activation?: string | null } = {},
  ): Placed {
    const y = this.batchNorm(bn, this.conv(conv, x, how), how.epsilon);
    return how.activation === null
      ? y
      : this.activation(`${bn}.${how.activation ?? 'relu'}`, y, how.activation ?? 'relu');
  }

  /**
   * A linear layer. Fine-tuned networks often have `Sequential(Dropout, Linear)` in its place, whose only weights are `name.1`.
   * @throws ModelError where several layers stand there, since what is between them cannot be known
   */
  linear(module: string, x: Placed): Placed {
    const name = this.#whole(module);
    const weight = this.tensor(`${name}.weight`, 2);
    if (x.shape.length !== 1 || weight.shape[1] !== x.shape[0]) {
      this.fail(`tensor '${name}.weight' [${weight.shape.join(', ')}] does not fit ${x.shape.join('×')} features.`);
    }
    const bias = this.has(`${name}.bias`) ? this.#vector(`${name}.bias`, weight.shape[0]) : null;
    return this.layers.dense(name, x, weight, bias);
  }

  /** A linear layer behind torch.flatten of [channels, height, width]. */
  linearOfMap(name: string, x: Placed): Placed {
    const [height, width, channels] = x.shape as number[];
    const weight = this.tensor(`${name}.weight`, 2);
    const [outputs, inputs] = weight.shape;
    if (inputs !== height * width * channels) {
      this.fail(
        `tensor '${name}.weight' [${weight.shape.join(', ')}] does not fit ${height}×${width}×${channels} features.`,
      );
    }
    // An untrained network's weights have shapes and no numbers.
    const values = new Float32Array(weight.values.length);
    const area = height * width;
    for (let o = 0; o < outputs && values.length > 0; o++) {
      for (let at = 0; at < inputs; at++) {
        const from = (at % channels) * area + Math.floor(at / channels);
        values[o * inputs + at] = Number(weight.values[o * inputs + from]);
      }
    }
    const bias = this.has(`${name}.bias`) ? this.#vector(`${name}.bias`, outputs) : null;
    return this.layers.dense(name, this.layers.flatten('flatten', x), weightOf(weight.shape, values), bias);
  }

  activation(name: string, x: Placed, activation: string): Placed {
    return activation === 'relu6' ? this.layers.relu(name, x, 6) : this.layers.activation(name, x, activation);
  }

  relu(name: string, x: Placed): Placed {
    return this.layers.activation(name, x, 'relu');
  }

  maxPool(name: string, x: Placed, window: number, stride: number, padding = 0, ceilMode = false): Placed {
    return this.layers.maxPool(name, x, square(window, stride, padding, { ceilMode }));
  }

  averagePool(
    name: string,
    x: Placed,
    window: number,
    stride: number,
    padding = 0,
    how: Partial<PoolSettings> = {},
  ): Placed {
    return this.layers.averagePool(name, x, square(window, stride, padding, { countBorder: true, ...how }));
  }

  globalPool(x: Placed, name = 'avgpool'): Placed {
    return this.layers.globalPool(name, x);
  }

  /** PyTorch's AdaptiveAvgPool2d: [height, width, channels] → [size, size, channels] for images of any size. */
  adaptivePool(x: Placed, size: number, name = 'avgpool'): Placed {
    const [height, width, channels] = x.shape;
    if (height === size && width === size) return x;
    const config = { output_size: [size, size] };
    return this.layers.add(name, 'AdaptiveAveragePooling2D', config, [x.layer], [size, size, channels]);
  }

  add(name: string, parts: readonly Placed[]): Placed {
    return this.layers.merge(name, 'Add', parts);
  }

  /** x · gate, the gate [channels] per image. */
  gate(name: string, x: Placed, gate: Placed): Placed {
    const factors =
      gate.shape.length === 3 ? gate : this.layers.reshape(`${name}.reshape`, gate, [1, 1, gate.shape[0]!]);
    return this.layers.merge(name, 'Multiply', [x, factors]);
  }

  /** Global pooling to [1, 1, channels], in front of a squeeze-and-excitation made of convolutions. */
  squeeze(name: string, x: Placed): Placed {
    return this.layers.reshape(`${name}.reshape`, this.layers.globalPool(name, x), [1, 1, x.shape[2]!]);
  }

  concat(name: string, parts: readonly Placed[]): Placed {
    return this.layers.concatenate(name, parts);
  }

  /** The finished network. @throws ModelError when tensors are left that have no place in it */
  finish(name: string, output: Placed): Network {
    const left = [...this.state.keys()].filter((key) => !this.#used.has(key) && !key.endsWith('.num_batches_tracked'));
    if (left.length > 0) {
      const some = left.slice(0, 5).map((key) => `'${key}'`).join(', '); // prettier-ignore
      this.fail(
        `looks like a ${name}, but ${left.length} tensors have no place in one: ${some}${left.length > 5 ? ', …' : ''}.`,
      );
    }
    return { name, layers: this.layers.layers, inputs: [this.#input], outputs: [output.layer] };
  }

  /** Tensors that are of no use for images: auxiliary classifiers of training. @returns how many there were */
  passOver(prefix: string): number {
    const found = [...this.state.keys()].filter((key) => key.startsWith(prefix));
    found.forEach((key) => this.#used.add(key));
    return found.length;
  }

  #whole(module: string): string {
    if (this.has(`${module}.weight`)) return module;
    const inside = this.indices(`${module}.`).filter((i) => this.has(`${module}.${i}.weight`));
    if (inside.length > 1) {
      this.fail(
        `'${module}' has ${inside.length} layers (${inside.map((i) => `'${module}.${i}'`).join(', ')}), and what stands between them ` +
          `cannot be known from weights. ${exportAdvice()}`,
      );
    }
    return inside.length === 1 ? `${module}.${inside[0]}` : module;
  }

  #vector(name: string, length: number): NamedTensor {
    const tensor = this.tensor(name, 1);
    if (tensor.shape[0] !== length) this.fail(`tensor '${name}': expected [${length}], got [${tensor.shape[0]}].`);
    return tensor;
  }
}

function square(window: number, stride: number, padding: number, more: Partial<PoolSettings>): PoolSettings {
  return {
    window: [window, window],
    strides: [stride, stride],
    border: [padding, padding, padding, padding],
    ...more,
  };
}
