/** Output layer of a module: two columns. */
export interface ChannelledOutput {
  /** [features, 2] row by row: the class, the mean of the others. */
  readonly outW: Float32Array;
  /** [2] */
  readonly outB: Float32Array;
}

/**
 * Channels a network's output layer to one class: its column, and the mean of the N − 1 others (spec decompose §2.5).
 * @param weights [features, classes] row by row
 * @param bias [classes]
 */
export function channelOutput(weights: Float32Array, bias: Float32Array, classIndex: number): ChannelledOutput {
  const classes = bias.length;
  const features = weights.length / classes;
  const meanOfOthers = (row: Float32Array) =>
    row.reduce((sum, value, c) => (c === classIndex ? sum : sum + value), 0) / (classes - 1);
  const outW = new Float32Array(2 * features);
  for (let f = 0; f < features; f++) {
    const row = weights.subarray(f * classes, (f + 1) * classes);
    outW.set([row[classIndex], meanOfOthers(row)], 2 * f);
  }
  return { outW, outB: Float32Array.of(bias[classIndex], meanOfOthers(bias)) };
}
