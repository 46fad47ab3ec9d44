/**
 * The positions of the `keep` highest counts, highest first, of equals the earlier first: what a stable sort would put in
 * front, by counting.
 * @param counts whole numbers from 0 to `largest`
 */
export function mostAccurate(counts: Int32Array, largest: number, keep: number): number[] {
  const frequency = new Int32Array(largest + 1);
  for (const count of counts) frequency[count]++;
  let cut = largest;
  let above = 0;
  while (cut > 0 && above + frequency[cut] < keep) above += frequency[cut--];
  let atCut = keep - above;
  const kept: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > cut || (counts[i] === cut && atCut-- > 0)) kept.push(i);
  }
  return kept.sort((a, b) => counts[b] - counts[a] || a - b);
}
