import fs from 'node:fs';
import path from 'node:path';

/** A folder with a network made by its own framework, and the answers that it gives. */
export interface NetworkCase {
  readonly folder: string;
  readonly expected: {
    readonly case: string;
    readonly open: string;
    readonly verdict: string;
    readonly tolerance: number;
    readonly input: { readonly imageShape: readonly [number, number, number]; readonly scaleName: keyof typeof SCALES };
    readonly output: {
      readonly kind: 'probabilities' | 'logits' | 'sigmoid';
      readonly classNames: string[] | null;
      readonly classNamesIn: string | null;
    };
    readonly expected: readonly (readonly number[])[];
  };
}

/** Root of the cases, from the environment; undefined where it is not set. */
export const CASES = process.env['MODULAB_CASES'];

/** The cases whose names begin so, none where MODULAB_CASES is not set. */
export function networkCases(...prefixes: string[]): NetworkCase[] {
  const root = CASES && path.join(CASES, 'networks');
  if (!root || !fs.existsSync(root)) return [];
  return fs
    .readdirSync(root)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => path.join(root, name))
    .filter((folder) => fs.existsSync(path.join(folder, 'expected.json')))
    .map((folder) => ({
      folder,
      expected: JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8')) as NetworkCase['expected'],
    }));
}

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const SCALES = {
  bytes: (pixel: number) => pixel,
  unit: (pixel: number) => pixel / 255,
  half: (pixel: number) => (pixel / 255 - 0.5) / 0.5,
  imagenet: (pixel: number, channel: number) => (pixel / 255 - MEAN[channel]) / STD[channel],
};

/** The four images of a case, NHWC, scaled as it says. */
export function caseImages({ input }: NetworkCase['expected']): {
  values: Float32Array;
  shape: [number, number, number, number];
} {
  const [height, width, channels] = input.imageShape;
  const values = new Float32Array(4 * height * width * channels);
  let at = 0;
  for (let n = 0; n < 4; n++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++) {
          const pixel = ((3 + 5 * n) * x + (7 + 3 * n) * y + n * x * y + 41 * c * (n + 1) + 17 * n) % 256;
          values[at++] = SCALES[input.scaleName](pixel, c);
        }
  return { values, shape: [4, height, width, channels] };
}

/** Rows of scores as probabilities of all classes: logits through a softmax, one sigmoid as two classes. */
export function probabilities(
  rows: readonly (readonly number[])[],
  kind: NetworkCase['expected']['output']['kind'],
): number[][] {
  return rows.map((row) => {
    if (row.length === 1) {
      const p = kind === 'logits' ? 1 / (1 + Math.exp(-row[0])) : row[0];
      return [1 - p, p];
    }
    if (kind !== 'logits') return [...row];
    const most = Math.max(...row);
    const powers = row.map((score) => Math.exp(score - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  });
}
