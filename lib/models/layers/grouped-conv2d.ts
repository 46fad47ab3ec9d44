import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { registeredClass } from './registered-class.js';

/** As for `tf.layers.conv2d`, and in how many groups of channels the layer works. */
export type GroupedConv2DArgs = Parameters<typeof tf.layers.conv2d>[0] & { groups: number };

/** What a convolution of tfjs-layers keeps of its settings. */
interface Conv2DFields {
  readonly kernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
  readonly filters: number;
  readonly strides: [number, number];
  readonly padding: 'same' | 'valid';
  readonly dataFormat: string;
  readonly dilationRate: [number, number];
  readonly activation: { apply(x: tf.Tensor): tf.Tensor };
}
const Conv2D = registeredClass<GroupedConv2DArgs, Conv2DFields>('Conv2D');

/**
 * A 2-D convolution whose channels are cut into `groups` runs that see nothing of each other: filters g·f/groups to
 * (g + 1)·f/groups − 1 read input channels g·c/groups to (g + 1)·c/groups − 1 (ResNeXt; Keras' `Conv2D(groups=…)`, PyTorch's
 * `Conv2d(groups=…)`). tfjs-layers' own Conv2D takes no notice of `groups`. With one input channel per group it is a
 * depthwise convolution, which learns with a dilation too, as tfjs-layers' DepthwiseConv2D does not.
 *
 * [batch, height, width, c] → [batch, height', width', filters]; weights: kernel [kh, kw, c / groups, filters], bias
 * [filters].
 * @throws ModelError when `groups` divides the channels or the filters with a rest, or channels come first
 * @example
 * const x = tf.input({ shape: [8, 8, 12] });
 * const y = new GroupedConv2D({ filters: 12, kernelSize: 3, groups: 4, padding: 'same' }).apply(x);
 */
export class GroupedConv2D extends Conv2D {
  /** @nocollapse */
  static className = 'GroupedConv2D';
  readonly groups: number;

  constructor(args: GroupedConv2DArgs) {
    super(args);
    this.groups = args.groups;
    if (!Number.isInteger(args.groups) || args.groups < 1 || this.filters % args.groups !== 0) {
      throw new ModelError(
        `Layer ${this.name}: groups must be a whole number that divides the ${this.filters} filters, got ${String(args.groups)}.`,
      );
    }
    if (this.dataFormat !== 'channelsLast') {
      throw new ModelError(`Layer ${this.name}: expected channels last, got dataFormat '${this.dataFormat}'.`);
    }
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    const channels = shape[3];
    if (channels === null || channels % this.groups !== 0) {
      throw new ModelError(
        `Layer ${this.name}: ${this.groups} groups do not divide ${channels ?? '?'} input channels.`,
      );
    }
    super.build([...shape.slice(0, 3), channels / this.groups]);
    this.inputSpec = [new tf.InputSpec({ ndim: 4, axes: { 3: channels } })];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    return tf.tidy(() => {
      const kernel = withHoles(this.kernel.read() as tf.Tensor4D, this.dilationRate);
      const y = groupedConv2d(x, kernel, this.groups, this.strides, this.padding);
      return this.activation.apply(this.bias ? tf.add(y, this.bias.read()) : y);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups };
  }
}
tf.serialization.registerClass(GroupedConv2D);

/** What {@link GroupedConv2D} computes, without bias, activation and dilation. */
export function groupedConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  groups: number,
  strides: [number, number],
  padding: 'same' | 'valid',
): tf.Tensor4D {
  if (groups === 1) return tf.conv2d(x, kernel, strides, padding);
  const [height, width, depth, filters] = kernel.shape;
  if (depth === 1 && strides[0] === strides[1]) {
    return tf.depthwiseConv2d(
      x,
      tf.reshape<tf.Rank.R4>(kernel, [height, width, groups, filters / groups]),
      strides,
      padding,
    );
  }
  const parts = tf.split<tf.Tensor4D>(x, groups, 3);
  const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
  return tf.concat(
    parts.map((part, g) => tf.conv2d(part, kernels[g], strides, padding)),
    3,
  );
}

/** The kernel with rows and columns of zeros put in: a dilated convolution of which tfjs knows the gradient. */
export function withHoles(kernel: tf.Tensor4D, [down, across]: [number, number]): tf.Tensor4D {
  if (down === 1 && across === 1) return kernel;
  const [height, width, depth, filters] = kernel.shape;
  const spread = tf.pad(tf.reshape(kernel, [height, 1, width, 1, depth * filters]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const whole = tf.reshape<tf.Rank.R4>(spread, [height * down, width * across, depth, filters]);
  // Nothing may follow the last row and column: 'same' pads by the kernel's size.
  return tf.slice<tf.Rank.R4, tf.Tensor4D>(
    whole,
    [0, 0, 0, 0],
    [(height - 1) * down + 1, (width - 1) * across + 1, depth, filters],
  );
}
