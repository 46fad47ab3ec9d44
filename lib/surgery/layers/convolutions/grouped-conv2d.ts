import {
  groupedConv2d as groupedConvolution,
  type GroupSizes,
  withHoles,
} from '../../../models/layers/grouped-conv2d.js';
import * as tf from '../../../tf.js';
import { convolutionSettings } from '../../graph/convolution-settings.js';
import { deadUnderWindows, windowsOf } from '../../graph/dead-inputs.js';
import { foldScale } from '../../graph/fold-scale.js';
import type { LayerNode } from '../../graph/layer-graph.js';
import type { LayerType } from '../../graph/layer-type.js';
import { flagsOf, type KeptChannels, type KeptEnds, VECTOR, type WeightArray } from '../../graph/weight-layout.js';

/**
 * Convolutions in groups of channels (ResNeXt): kernel [height, width, in / groups, out]. After channels were cut, groups may
 * have different numbers of channels; those without any are gone.
 */
export const groupedConv2d: LayerType = {
  classNames: ['GroupedConv2D'],
  role: 'convolution',
  channels: (_, flow) => flow.kernels(),
  weights: (_, weights) => weights.map(() => VECTOR),
  ownWeights: { slice, zero },
  cut(node, ends) {
    if (!ends.input && !ends.output) return { config: node.config };
    const { inputs, filters } = leftGroups(node, ends).sizes;
    const areEqual = [inputs, filters].every((counts) => counts[0] > 0 && counts.every((n) => n === counts[0]));
    return {
      config: {
        ...Object.fromEntries(Object.entries(node.config).filter(([setting]) => !setting.endsWith('OfGroup'))),
        filters: filters.reduce((sum, n) => sum + n, 0),
        groups: inputs.length,
        ...(areEqual ? {} : { inputsOfGroup: [...inputs], filtersOfGroup: [...filters] }),
      },
    };
  },
  makesZero: () => true,
  mixesChannels: true,
  step(context) {
    const { node, input, output, activate } = context;
    const { strides, pad, dilations } = convolutionSettings(node);
    const [kernel, bias] = context.weights as [tf.Tensor4D, tf.Tensor1D | undefined];
    const { sizes } = leftGroups(node, { input: input.present, output: output.present });
    return ([x]) => {
      const y = groupedConvolution(x as tf.Tensor4D, withHoles(kernel, dilations), sizes, strides, pad);
      return activate(bias ? tf.add(y, bias) : y);
    };
  },
  absorbs: { scale: foldScale, activation: true },
  multiplyAdds({ config, weights: [[height, width, depth, filters]], output, requireInputs }) {
    const inputs = config['inputsOfGroup'] as number[] | undefined;
    const pairs = inputs
      ? inputs.reduce((sum, n, g) => sum + n * (config['filtersOfGroup'] as number[])[g], 0)
      : depth * filters;
    requireInputs(inputs ? inputs.reduce((sum, n) => sum + n, 0) : depth * (config['groups'] as number));
    return output[1] * output[2] * height * width * pairs;
  },
  deadInputs: (question) =>
    deadUnderWindows(
      question,
      windowsOf(question.node, question.shapes.inputs[0]),
      question.node.config['inputsOfGroup'] ? 1 : (question.node.config['groups'] as number),
    ),
};

/** The kept input channels and filters of one group, by their numbers in the whole layer. */
interface Group {
  readonly firstInput: number;
  readonly inputs: readonly number[];
  readonly filters: readonly number[];
}

function groupsOf({ config, outputShape }: LayerNode): { inputs: number[]; filters: number[] } {
  const groups = config['groups'] as number;
  const inputs = config['inputsOfGroup'] as number[] | undefined;
  if (inputs) return { inputs, filters: config['filtersOfGroup'] as number[] };
  return { inputs: [], filters: new Array<number>(groups).fill(outputShape[2]! / groups) };
}

/** What is left of every group that has a filter or an input channel left. */
function leftGroups(node: LayerNode, ends: KeptEnds): { groups: readonly Group[]; sizes: GroupSizes } {
  const { inputs, filters } = groupsOf(node);
  const depths = inputs.length > 0 ? inputs : filters.map(() => depthOf(node));
  let firstInput = 0;
  let firstFilter = 0;
  const all = filters.map((count, g): Group => {
    const group = {
      firstInput,
      inputs: within(ends.input, firstInput, depths[g]),
      filters: within(ends.output, firstFilter, count),
    };
    firstInput += depths[g];
    firstFilter += count;
    return group;
  });
  const groups = all.filter((group) => group.inputs.length > 0 || group.filters.length > 0);
  return {
    groups,
    sizes: {
      inputs: groups.map((group) => group.inputs.length),
      filters: groups.map((group) => group.filters.length),
    },
  };
}

/** Input channels of a group of equal ones; known by shape, as the model may have been disposed since it was read. */
function depthOf(node: LayerNode): number {
  return node.layer.weights[0].shape[2]!;
}

function within(kept: KeptChannels, first: number, count: number): number[] {
  if (!kept) return Array.from({ length: count }, (_, i) => first + i);
  return [...kept].filter((channel) => channel >= first && channel < first + count);
}

function slice(node: LayerNode, [kernel, ...bias]: readonly WeightArray[], ends: KeptEnds): WeightArray[] {
  const { groups, sizes } = leftGroups(node, ends);
  const [height, width, depth, filters] = kernel.shape;
  const newDepth = Math.max(1, ...sizes.inputs);
  const newFilters = sizes.filters.reduce((sum, n) => sum + n, 0);
  const values = new Float32Array(height * width * newDepth * newFilters);
  for (let place = 0; place < height * width; place++) {
    let f = 0;
    for (const group of groups) {
      for (const filter of group.filters) {
        group.inputs.forEach((channel, d) => {
          const from = (place * depth + channel - group.firstInput) * filters + filter;
          values[(place * newDepth + d) * newFilters + f] = kernel.values[from];
        });
        f++;
      }
    }
  }
  const order = groups.flatMap((group) => group.filters);
  return [
    { values, shape: [height, width, newDepth, newFilters] },
    ...bias.map((b) => ({ values: Float32Array.from(order, (filter) => b.values[filter]), shape: [newFilters] })),
  ];
}

function zero(node: LayerNode, [kernel, ...bias]: readonly WeightArray[], ends: KeptEnds): WeightArray[] {
  const [height, width, depth, filters] = kernel.shape;
  const keptFilter = flagsOf(ends.output, filters);
  const values = new Float32Array(kernel.values.length);
  for (const group of leftGroups(node, ends).groups) {
    for (let place = 0; place < height * width; place++) {
      for (const channel of group.inputs) {
        const row = (place * depth + channel - group.firstInput) * filters;
        for (const filter of group.filters) values[row + filter] = kernel.values[row + filter];
      }
    }
  }
  return [
    { values, shape: kernel.shape },
    ...bias.map((b) => ({ values: b.values.map((value, f) => (keptFilter[f] ? value : 0)), shape: b.shape })),
  ];
}
