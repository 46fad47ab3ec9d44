import type { PlannedOperation } from '../../backend/inference-plan.js';
import * as tf from '../../tf.js';
import { deadUncopied, positionIn } from '../graph/dead-inputs.js';
import type { LayerType, PlanContext, Step, StepContext } from '../graph/layer-type.js';
import type { KeptEnds } from '../graph/weight-layout.js';

/** Copies of channels, with or without every other row and column (the parameter-free shortcut of ResNets). */
export const subsampleChannels: LayerType = {
  classNames: ['SubsampleChannels'],
  channels(node, { inputs: [x], width, fresh }) {
    const zeros = fresh(width);
    return Int32Array.from(node.config['sources'] as number[], (source, channel) =>
      source < 0 ? zeros[channel] : x[source],
    );
  },
  cut: ({ config }, ends) => ({ config: { ...config, sources: cutSources(config['sources'] as number[], ends) } }),
  keepsZero: true,
  step: (context) =>
    copyStep(context, context.node.config['sources'] as number[], context.node.config['stride'] as number),
  planned: (context) =>
    plannedCopy(context, context.node.config['sources'] as number[], context.node.config['stride'] as number),
  deadInputs(question) {
    const { node, input, shapes } = question;
    const sources = node.config['sources'] as number[];
    const stride = node.config['stride'] as number;
    return deadUncopied(question, ([y, x, c]) => positionIn(shapes.inputs[input], y * stride, x * stride, sources[c]));
  },
};

/** A channel copy's sources after channels were removed on both sides. */
export function cutSources(sources: readonly number[], { input, output }: KeptEnds): number[] {
  const kept = output ? Array.from(output, (channel) => sources[channel]) : [...sources];
  return input ? kept.map((source) => (source < 0 ? -1 : input.indexOf(source))) : kept;
}

/** {@link copyStep} in a plan. */
export const plannedCopy = (
  { input, output }: PlanContext,
  sources: readonly number[],
  stride: number,
): PlannedOperation => ({
  kind: 'copyChannels',
  sources: Int32Array.from(cutSources(sources, { input: input.present, output: output.present })),
  stride,
});

/**
 * Copies channels by a 1×1 convolution with a kernel of zeros and ones, which is exact.
 * @param sources input channel of each output channel at full width; −1 for zeros
 */
export function copyStep(
  { input, output, inputWidth, hold }: StepContext,
  sources: readonly number[],
  stride: number,
): Step {
  const copied = cutSources(sources, { input: input.present, output: output.present });
  const values = new Float32Array(inputWidth * copied.length);
  copied.forEach((source, channel) => {
    if (source >= 0) values[source * copied.length + channel] = 1;
  });
  const filter = hold<tf.Tensor4D>(tf.tensor4d(values, [1, 1, inputWidth, copied.length]));
  return ([x]) => tf.conv2d(x as tf.Tensor4D, filter, stride, 'valid');
}
