const HALF = 'values from −1 to 1 (mean 0.5, std 0.5)';

/** Networks of keras.applications that people build on, by the name of the model inside, and the values that they were trained on. */
const BASES: readonly (readonly [RegExp, string])[] = [
  [/^(mobilenetv2|mobilenet_|inception|xception|nasnet|resnet\d+v2)/i, HALF],
  [/^(mobilenetv3|efficientnet|convnext|regnet)/i, 'bytes, 0 to 255, and scales them itself'],
  [/^densenet/i, 'values normalised by the mean and deviation of ImageNet'],
  [/^(vgg\d|resnet\d)/i, 'bytes in the order blue, green, red, less the means of ImageNet'],
];

/**
 * A sentence on the values that a model's base was trained on, as its name tells; null for names that tell nothing. A hint to
 * check by, never acted upon.
 */
export function knownBase(names: readonly string[]): string | null {
  for (const name of names) {
    const base = BASES.find(([pattern]) => pattern.test(name));
    if (base) return `'${name}' is a network of keras.applications by its name, which takes ${base[1]}`;
  }
  return null;
}
