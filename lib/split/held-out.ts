/** How a split does on images that had no part in making it. */
export interface HeldOutScores {
  readonly images: number;
  readonly strongAccuracy: number;
  readonly composedAccuracy: number;
}

/** Points of accuracy that a search may seem better than it is before it is said. */
const GAP = 3;

/**
 * What is to be said of a split's scores, in sentences: that the images which chose the kernels flatter it.
 * @param chosenBy the accuracies on those images, 0–1
 */
export function notesOf(
  chosenBy: { readonly strongAccuracy: number; readonly composedAccuracy: number },
  heldOut: HeldOutScores,
): string[] {
  const points = (share: number) => (100 * share).toFixed(1);
  const gap = 100 * (chosenBy.composedAccuracy - heldOut.composedAccuracy);
  const own = 100 * (chosenBy.strongAccuracy - heldOut.strongAccuracy);
  if (gap <= GAP) return [];
  return [
    `The modules get ${points(chosenBy.composedAccuracy)} % of the images right that their kernels were chosen by, and ` +
      `${points(heldOut.composedAccuracy)} % of ${heldOut.images} others: ${gap.toFixed(1)} points less ` +
      `(the whole model: ${own < 0 ? `${(-own).toFixed(1)} more` : own.toFixed(1)}). The choice has fitted itself to its images; more of them help.`,
  ];
}
