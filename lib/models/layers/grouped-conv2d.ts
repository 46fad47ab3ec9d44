import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { registeredClass } from './registered-class.js';

/** As for `tf.layers.conv2d`, and in how many groups of channels the layer works. */
export type GroupedConv2DArgs = Parameters<typeof tf.layers.conv2d>[0] & {
  groups: number;
  /**
   * For a layer out of which channels were cut: how many input channels and how many filters each group has left. The kernel
   * is as deep as the largest group then; what lies behind a smaller one's depth is not read.
   */
  inputsOfGroup?: readonly number[];
  filtersOfGroup?: readonly number[];
};

/** Input channels and filters of every group. */
export interface GroupSizes {
  readonly inputs: readonly number[];
  readonly filters: readonly number[];
}

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
  readonly inputsOfGroup: readonly number[] | undefined;
  readonly filtersOfGroup: readonly number[] | undefined;

  constructor(args: GroupedConv2DArgs) {
    super(args);
    this.groups = args.groups;
    const { inputsOfGroup, filtersOfGroup } = args;
    if ((inputsOfGroup === undefined) !== (filtersOfGroup === undefined)) {
      throw new ModelError(`Layer ${this.name}: inputsOfGroup and filtersOfGroup go together.`);
    }
    if (inputsOfGroup && filtersOfGroup) {
      const areCounts = [inputsOfGroup, filtersOfGroup].every(
        (counts) => counts.length === args.groups && counts.every((n) => Number.isInteger(n) && n >= 0),
      );
      if (!areCounts || sum(filtersOfGroup) !== this.filters) {
        throw new ModelError(
          `Layer ${this.name}: expected ${args.groups} numbers of input channels and of filters, ${this.filters} filters in all.`,
        );
      }
      this.inputsOfGroup = [...inputsOfGroup];
      this.filtersOfGroup = [...filtersOfGroup];
    } else if (!Number.isInteger(args.groups) || args.groups < 1 || this.filters % args.groups !== 0) {
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
    const fits = this.inputsOfGroup
      ? sum(this.inputsOfGroup) === channels
      : channels !== null && channels % this.groups === 0;
    if (channels === null || !fits) {
      throw new ModelError(
        `Layer ${this.name}: ${this.groups} groups do not divide ${channels ?? '?'} input channels.`,
      );
    }
    super.build([...shape.slice(0, 3), Math.max(...this.sizes(channels).inputs)]);
    this.inputSpec = [new tf.InputSpec({ ndim: 4, axes: { 3: channels } })];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    return tf.tidy(() => {
      const kernel = withHoles(this.kernel.read() as tf.Tensor4D, this.dilationRate);
      const y = groupedConv2d(x, kernel, this.sizes(x.shape[3]), this.strides, this.padding);
      return this.activation.apply(this.bias ? tf.add(y, this.bias.read()) : y);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { groups, inputsOfGroup, filtersOfGroup } = this;
    const left: tf.serialization.ConfigDict =
      inputsOfGroup && filtersOfGroup ? { inputsOfGroup: [...inputsOfGroup], filtersOfGroup: [...filtersOfGroup] } : {};
    return { ...super.getConfig(), groups, ...left };
  }

  private sizes(channels: number): GroupSizes {
    const { groups, inputsOfGroup, filtersOfGroup, filters } = this;
    return inputsOfGroup && filtersOfGroup
      ? { inputs: inputsOfGroup, filters: filtersOfGroup }
      : equalGroups(groups, channels, filters);
  }
}
tf.serialization.registerClass(GroupedConv2D);

/** Groups of one size. */
export const equalGroups = (groups: number, channels: number, filters: number): GroupSizes => ({
  inputs: new Array<number>(groups).fill(channels / groups),
  filters: new Array<number>(groups).fill(filters / groups),
});

/** What {@link GroupedConv2D} computes, without bias, activation and dilation. */
export function groupedConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  { inputs, filters }: GroupSizes,
  strides: [number, number],
  padding: 'same' | 'valid',
): tf.Tensor4D {
  if (inputs.length === 1) return tf.conv2d(x, kernel, strides, padding);
  const [height, width] = kernel.shape;
  const multiplier = filters[0];
  if (inputs.every((n) => n === 1) && filters.every((n) => n === multiplier) && strides[0] === strides[1]) {
    const depthwise = tf.reshape<tf.Rank.R4>(kernel, [height, width, inputs.length, multiplier]);
    return tf.depthwiseConv2d(x, depthwise, strides, padding);
  }
  const parts: tf.Tensor4D[] = [];
  let firstInput = 0;
  let firstFilter = 0;
  for (const [g, channels] of inputs.entries()) {
    if (filters[g] > 0) {
      // A group that has no input channel left puts out zeros.
      const part =
        channels > 0
          ? tf.slice<tf.Rank.R4, tf.Tensor4D>(x, [0, 0, 0, firstInput], [-1, -1, -1, channels])
          : tf.zeros<tf.Rank.R4>([x.shape[0], x.shape[1], x.shape[2], 1]);
      const read = tf.slice(kernel, [0, 0, 0, firstFilter], [-1, -1, part.shape[3], filters[g]]);
      parts.push(tf.conv2d(part, read, strides, padding));
    }
    firstInput += channels;
    firstFilter += filters[g];
  }
  return tf.concat(parts, 3);
}

const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0);

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
