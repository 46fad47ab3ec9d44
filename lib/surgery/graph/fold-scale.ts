import type { WeightArray } from './weight-layout.js';

/**
 * Kernels and bias of an operation followed by y = scale · x + shift, in double precision.
 * @param channelOf the output channel of each of the last kernel's values; default: output channels are its last axes
 */
export function foldScale(
  weights: readonly WeightArray[],
  [scale, shift]: readonly WeightArray[],
  channelOf?: (position: number) => number,
): WeightArray[] {
  const channels = shift.values.length;
  const scaled = (values: Float32Array, of = (i: number) => i % channels) =>
    values.map((value, i) => value * scale.values[of(i)]);
  const hasBias = weights[weights.length - 1].shape.length === 1;
  const kernels = hasBias ? weights.slice(0, -1) : [...weights];
  // an unfolded batch norm has its own scale and shift, both vectors: scale is scaled like a kernel
  const last = kernels[kernels.length - 1];
  const bias = hasBias ? scaled(weights[weights.length - 1].values) : new Float32Array(channels);
  return [
    ...kernels.slice(0, -1),
    { values: scaled(last.values, channelOf), shape: last.shape },
    { values: bias.map((value, i) => value + shift.values[i]), shape: [channels] },
  ];
}
