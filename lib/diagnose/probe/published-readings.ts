/**
 * What the authors' figure of the study shows, read off by eye (spec doctor §8, [P-fig]; ± 0.02): ResNet-50 on CIFAR-10, noise
 * added to the last convolution's output, adversarial images of one sign step of 0.5 in normalised units.
 */
export interface PublishedProbe {
  readonly noise: readonly number[];
  readonly normalStaysRight: readonly number[];
  readonly adversarialToTrueClass: readonly number[];
  readonly adversarialToSameWrongClass: readonly number[];
}

/** The last column stands for 2.9 to 3.0; where the specification gives a range for it, its middle. */
export const PUBLISHED_PROBE: PublishedProbe = {
  noise: [0, 0.1, 0.3, 0.5, 1, 2, 2.9],
  normalStaysRight: [1, 1, 1, 0.89, 0.45, 0.23, 0.19],
  adversarialToTrueClass: [0, 0.8, 0.69, 0.57, 0.31, 0.17, 0.12],
  adversarialToSameWrongClass: [1, 0.24, 0.22, 0.21, 0.16, 0.13, 0.15],
};
