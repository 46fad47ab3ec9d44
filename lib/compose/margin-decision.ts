/**
 * Which of several two-column modules wins. Columns are modules; a margin is own logit minus the other's.
 */

/**
 * A module's probability of its own class, softmax of its two logits, as float32 arithmetic gives it: 1 for every margin from about
 * 17 on, so that many images end in a tie (spec decompose §3.1).
 */
export function floatProbability(margin: number): number {
  const { fround, exp } = Math;
  const other = fround(exp(fround(-Math.abs(margin))));
  const larger = fround(1 / fround(1 + other));
  return margin >= 0 ? larger : fround(other / fround(1 + other));
}

/** Column of the highest margin; of equals the first. */
export function decideByMargin(margins: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < margins.length; c++) if (margins[c] > margins[best]) best = c;
  return best;
}

/**
 * The voting rule: a module says yes when its own column is its argmax. One yes wins; on none or several the module that is surest
 * of its class does, the first of equals (spec decompose §3.1). With two columns that is always the surest module (§0.6).
 * @param sureness by what modules are compared; the published programs compare probabilities
 */
export function decideByVote(margins: ArrayLike<number>, sureness: 'margin' | 'floatProbability' = 'margin'): number {
  const values = Array.from(margins);
  const voters = values.flatMap((margin, c) => (margin >= 0 ? [c] : []));
  if (voters.length === 1) return voters[0];
  return decideByMargin(sureness === 'margin' ? values : values.map(floatProbability));
}
