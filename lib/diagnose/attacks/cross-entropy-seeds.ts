/**
 * The direction ∂loss/∂logits that an attack climbs: of the cross-entropy of the label, or, towards a target, of the
 * negative cross-entropy of the target. Every row is scaled to a largest magnitude of 1: sign and direction stay, and a
 * gradient does not vanish when the softmax is all but certain.
 * @param labels class per row
 * @returns [rows · classes]
 */
export function crossEntropySeeds(
  logits: Float32Array,
  labels: ArrayLike<number>,
  target: number | null,
): Float32Array {
  const rows = labels.length;
  const classes = logits.length / rows;
  const seeds = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    const own = target ?? labels[row];
    const others = [...logits.subarray(row * classes, (row + 1) * classes)];
    // Only the ratios among the other classes' probabilities matter: their sum is what the own class lacks.
    const largest = Math.max(...others.filter((_, c) => c !== own));
    const shares = others.map((z, c) => (c === own ? 0 : Math.exp(z - largest)));
    const sum = shares.reduce((a, b) => a + b, 0);
    const sign = target === null ? 1 : -1;
    shares.forEach((share, c) => (seeds[row * classes + c] = (sign * (c === own ? -sum : share)) / sum));
  }
  return seeds;
}
