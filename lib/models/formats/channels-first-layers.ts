import { ModelError } from '../../errors.js';
import { type NamedTensor, permuteAxes } from './named-tensor.js';
import type { NetworkLayer } from './network.js';

/** Sizes per image: [height, width, channels], null where any size will do, or [features]. */
export type ImageShape = readonly (number | null)[];

/** A layer of the network in the making, and what it puts out per image. */
export interface Placed {
  readonly layer: string;
  readonly shape: ImageShape;
}

type Pair = readonly [number, number];
/** Rows and columns that are added: [top, left, bottom, right], as ONNX lists them. */
export type Border = readonly [number, number, number, number];

/** A convolution as PyTorch and ONNX describe it. */
export interface ConvSettings {
  /** [filters, channels / groups, height, width]. */
  readonly weight: NamedTensor;
  readonly bias?: NamedTensor | null;
  readonly strides?: Pair;
  /** 'same': as many as TensorFlow adds to images of their size. */
  readonly border?: Border | 'same';
  readonly dilations?: Pair;
  readonly groups?: number;
}

/** A pooling as PyTorch and ONNX describe it. */
export interface PoolSettings {
  readonly window: Pair;
  readonly strides: Pair;
  readonly border?: Border;
  readonly ceilMode?: boolean;
  /** Average pooling: whether the border's zeros count for the mean. */
  readonly countBorder?: boolean;
}

/** Float32 numbers as a weight of a network. */
export const weightOf = (shape: readonly number[], values: Float32Array): NamedTensor => ({
  dtype: 'F32',
  shape,
  values,
});

/**
 * Builds a network in tfjs's terms (channels last, TensorFlow's paddings) out of the layers of PyTorch and ONNX (channels
 * first, rows and columns of their own at the border).
 */
export class ChannelsFirstLayers {
  readonly #layers = new Map<string, NetworkLayer>();
  readonly #taken = new Set<string>();

  /** The layers so far, inputs before their readers. */
  get layers(): NetworkLayer[] {
    return [...this.#layers.values()];
  }

  layer(name: string): NetworkLayer {
    return this.#layers.get(name)!;
  }

  /** A name like the wanted one that no layer has; file formats want no slashes and colons in it. */
  freeName(wanted: string): string {
    const plain = wanted.replace(/[^\w.-]+/g, '_').replace(/^[._]+|[._]+$/g, '') || 'layer';
    let name = plain;
    for (let i = 1; this.#taken.has(name.toLowerCase()); i++) name = `${plain}_${i}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }

  /** Adds a layer under a free name like the wanted one. */
  add(
    wanted: string,
    className: string,
    config: Readonly<Record<string, unknown>>,
    inputs: readonly string[],
    shape: ImageShape,
    weights: Readonly<Record<string, NamedTensor | null | undefined>> = {},
  ): Placed {
    const name = this.freeName(wanted);
    if (shape.some((n) => n !== null && !(n >= 1))) {
      throw new ModelError(
        `layer '${name}' (${className}): its window is larger than the image; it would put out [${shape.join(', ')}].`,
      );
    }
    const present = Object.entries(weights).filter((entry): entry is [string, NamedTensor] => Boolean(entry[1]));
    this.#layers.set(name, { name, className, config, inputs, weights: new Map(present) });
    return { layer: name, shape };
  }

  /** Puts another layer in a layer's place. */
  replace(name: string, change: Partial<Omit<NetworkLayer, 'name'>>): void {
    this.#layers.set(name, { ...this.layer(name), ...change });
  }

  /** Takes out a layer that no other reads. */
  remove(name: string): void {
    this.#layers.delete(name);
    this.#taken.delete(name.toLowerCase());
  }

  input(wanted: string, shape: ImageShape): Placed {
    return this.add(wanted, 'InputLayer', { batch_input_shape: [null, ...shape], dtype: 'float32' }, [], shape);
  }

  activation(wanted: string, x: Placed, activation: string): Placed {
    return this.add(wanted, 'Activation', { activation }, [x.layer], x.shape);
  }

  /** ReLU, cut off at `max` where it is given. */
  relu(wanted: string, x: Placed, max?: number): Placed {
    if (max === undefined) return this.activation(wanted, x, 'relu');
    return this.add(wanted, 'ReLU', { max_value: max }, [x.layer], x.shape);
  }

  conv(wanted: string, x: Placed, settings: ConvSettings): Placed {
    const { weight, bias = null, strides = [1, 1], border = [0, 0, 0, 0], dilations = [1, 1], groups = 1 } = settings;
    const [filters, depth, height, width] = weight.shape;
    const window: Pair = [(height - 1) * dilations[0] + 1, (width - 1) * dilations[1] + 1];
    const { padding, from } = this.#padded(wanted, x, window, strides, border);
    const shape = [...spatial(from.shape, window, strides, padding), filters];
    const common = {
      kernel_size: [height, width],
      strides: [...strides],
      padding,
      dilation_rate: [...dilations],
      data_format: 'channels_last',
      activation: 'linear',
      use_bias: bias !== null,
    };
    const plainSteps = strides[0] === strides[1] && dilations.every((n) => n === 1);
    if (groups > 1 && depth === 1 && plainSteps) {
      const multiplier = filters / groups;
      const kernel = permuteAxes(weight.values, [groups, multiplier, height, width], [2, 3, 0, 1]);
      return this.add(wanted, 'DepthwiseConv2D', { ...common, depth_multiplier: multiplier }, [from.layer], shape, {
        depthwise_kernel: { ...weight, shape: [height, width, groups, multiplier], values: kernel },
        bias,
      });
    }
    const kernel = permuteAxes(weight.values, weight.shape, [2, 3, 1, 0]);
    // tfjs-layers' own convolution takes no groups, and no dilation together with strides.
    const own = groups > 1 || (dilations.some((n) => n > 1) && strides.some((n) => n > 1));
    const config = { ...common, filters, ...(own ? { groups } : {}) };
    return this.add(wanted, own ? 'GroupedConv2D' : 'Conv2D', config, [from.layer], shape, {
      kernel: { ...weight, shape: [height, width, depth, filters], values: kernel },
      bias,
    });
  }

  /** @param weight [outputs, inputs], as PyTorch has it */
  dense(wanted: string, x: Placed, weight: NamedTensor, bias: NamedTensor | null): Placed {
    const [units, features] = weight.shape;
    const kernel = permuteAxes(weight.values, weight.shape, [1, 0]);
    const config = { units, activation: 'linear', use_bias: bias !== null };
    return this.add(wanted, 'Dense', config, [x.layer], [units], {
      kernel: { ...weight, shape: [features, units], values: kernel },
      bias,
    });
  }

  batchNorm(
    wanted: string,
    x: Placed,
    weights: { gamma?: NamedTensor; beta?: NamedTensor; mean: NamedTensor; variance: NamedTensor },
    epsilon: number,
  ): Placed {
    const { gamma, beta, mean, variance } = weights;
    const config = { axis: -1, epsilon, momentum: 0.9, center: beta !== undefined, scale: gamma !== undefined };
    return this.add(wanted, 'BatchNormalization', config, [x.layer], x.shape, {
      gamma,
      beta,
      moving_mean: mean,
      moving_variance: variance,
    });
  }

  maxPool(wanted: string, x: Placed, settings: PoolSettings): Placed {
    return this.#pool(wanted, x, settings, 'Max');
  }

  averagePool(wanted: string, x: Placed, settings: PoolSettings): Placed {
    return this.#pool(wanted, x, settings, 'Average');
  }

  /** [height, width, channels] → [channels]. */
  globalPool(wanted: string, x: Placed, kind: 'Average' | 'Max' = 'Average'): Placed {
    return this.add(wanted, `Global${kind}Pooling2D`, { data_format: 'channels_last' }, [x.layer], [x.shape[2]]);
  }

  flatten(wanted: string, x: Placed): Placed {
    const features = x.shape.reduce<number>((total, n) => total * n!, 1);
    return this.add(wanted, 'Flatten', {}, [x.layer], [features]);
  }

  reshape(wanted: string, x: Placed, shape: readonly number[]): Placed {
    return this.add(wanted, 'Reshape', { target_shape: [...shape] }, [x.layer], shape);
  }

  /** 'Add', 'Multiply', … of layers of the same shape, or of one that has an axis of 1 where others have more. */
  merge(wanted: string, kind: string, parts: readonly Placed[]): Placed {
    const sizes = parts[0].shape.map((_, axis) =>
      parts.some(({ shape }) => shape[axis] === null) ? null : Math.max(...parts.map(({ shape }) => shape[axis]!)),
    );
    return this.add(wanted, kind, {}, parts.map(({ layer }) => layer), sizes); // prettier-ignore
  }

  concatenate(wanted: string, parts: readonly Placed[], axis = -1): Placed {
    const at = axis < 0 ? parts[0].shape.length + axis : axis - 1;
    const shape = parts[0].shape.map((n, i) =>
      i === at ? parts.reduce((total, part) => total + part.shape[i]!, 0) : n,
    );
    return this.add(wanted, 'Concatenate', { axis }, parts.map(({ layer }) => layer), shape); // prettier-ignore
  }

  /** Channels picked, reordered or (−1) zero, of every stride-th row and column. */
  channels(wanted: string, x: Placed, sources: readonly number[], stride = 1): Placed {
    const [height, width] = x.shape.map((n) => n && Math.ceil(n / stride));
    const shape = [height, width, sources.length];
    return this.add(wanted, 'SubsampleChannels', { stride, sources: [...sources] }, [x.layer], shape);
  }

  pad(wanted: string, x: Placed, [top, left, bottom, right]: Border): Placed {
    const [height, width, channels] = x.shape;
    const shape = [height && height + top + bottom, width && width + left + right, channels];
    const padding = [[top, bottom], [left, right]]; // prettier-ignore
    return this.add(wanted, 'ZeroPadding2D', { padding, data_format: 'channels_last' }, [x.layer], shape);
  }

  #pool(wanted: string, x: Placed, settings: PoolSettings, kind: 'Max' | 'Average'): Placed {
    const { window, strides, border = [0, 0, 0, 0], ceilMode = false, countBorder = false } = settings;
    const plain = `${kind}Pooling2D`;
    const config = { pool_size: [...window], strides: [...strides], data_format: 'channels_last' };
    const [top, left, bottom, right] = border;
    const windows = ([0, 1] as const).map((axis) => {
      const length = x.shape[axis];
      const [before, after] = axis === 0 ? [top, bottom] : [left, right];
      if (length === null) return { count: null, fits: !ceilMode };
      const steps = (length + before + after - window[axis]) / strides[axis];
      let count = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
      if (ceilMode && (count - 1) * strides[axis] >= length + before) count--;
      return { count, fits: (count - 1) * strides[axis] + window[axis] <= length + before + after };
    });
    const shape = [...windows.map(({ count }) => count), x.shape[2]];
    const fits = windows.every((axis) => axis.fits);
    if (fits && border.every((n) => n === 0)) {
      return this.add(wanted, plain, { ...config, padding: 'valid' }, [x.layer], shape);
    }
    // TensorFlow's 'same' counts no border.
    if (fits && !(kind === 'Average' && countBorder) && isSame(x.shape, window, strides, border)) {
      return this.add(wanted, plain, { ...config, padding: 'same' }, [x.layer], shape);
    }
    const padding = [[top, bottom], [left, right]]; // prettier-ignore
    const counting = kind === 'Average' ? { count_padding: countBorder } : {};
    const own = { pool_size: [...window], strides: [...strides], padding, ceil_mode: ceilMode, ...counting };
    return this.add(wanted, `Padded${plain}`, own, [x.layer], shape);
  }

  /** How tfjs reaches the same border: 'valid', 'same', or a layer of zeros in front. */
  #padded(wanted: string, x: Placed, window: Pair, strides: Pair, border: Border | 'same') {
    if (border === 'same') return { padding: 'same' as const, from: x };
    if (border.every((n) => n === 0)) return { padding: 'valid' as const, from: x };
    if (isSame(x.shape, window, strides, border)) return { padding: 'same' as const, from: x };
    return { padding: 'valid' as const, from: this.pad(`${wanted}.pad`, x, border) };
  }
}

/** Whether the border is the one that TensorFlow's 'same' makes. */
function isSame(shape: ImageShape, window: Pair, strides: Pair, [top, left, bottom, right]: Border): boolean {
  const axes = [[top, bottom], [left, right]]; // prettier-ignore
  return axes.every(([before, after], axis) => {
    const length = shape[axis];
    if (length === null && strides[axis] !== 1) return false;
    const rest = length === null ? 1 : Math.ceil(length / strides[axis]) * strides[axis] - length; // of whole strides
    const total = length === null ? window[axis] - 1 : Math.max(0, window[axis] - strides[axis] + rest);
    return before === Math.floor(total / 2) && before + after === total;
  });
}

function spatial(shape: ImageShape, window: Pair, strides: Pair, padding: 'same' | 'valid'): (number | null)[] {
  return ([0, 1] as const).map((axis) => {
    const length = shape[axis];
    if (length === null) return null;
    return Math.ceil((padding === 'same' ? length : length - window[axis] + 1) / strides[axis]);
  });
}
