import { DataError } from '../../errors.js';
import type { NpyArray } from '../../run/npy.js';

/** Which axis has the channels of images [n, …]. */
export type ChannelAxis = 'first' | 'last';

/** Images of an array as bytes. */
export interface ArrayPixels {
  readonly pixels: Uint8Array;
  readonly imageShape: readonly [number, number, number];
  /** What was done to the values, in the words of a report; null where they are bytes already. */
  readonly change: string | null;
}

/** What tells how the numbers are meant. */
export interface ArrayReading {
  readonly channels?: ChannelAxis;
  /** The values that become black and white. */
  readonly range?: readonly [number, number];
}

/**
 * [n, height, width], [n, height, width, channels] or [n, channels, height, width] of any numbers as bytes, channels last.
 * @param where the array, for messages
 * @throws DataError when it is no array of images, or what its numbers mean cannot be told
 */
export function arrayPixels(
  { shape, values, dtype }: NpyArray,
  { channels, range }: ArrayReading,
  where: string,
): ArrayPixels {
  if (isTexts(values)) throw new DataError(`${where}: expected images as numbers, got texts.`);
  if ((shape.length !== 3 && shape.length !== 4) || shape.some((n) => n < 1)) {
    throw new DataError(
      `${where}: expected images [n, height, width], [n, height, width, channels] or [n, channels, height, width], got ` +
        `[${shape.join(', ')}].`,
    );
  }
  const first = shape.length === 4 && (channels ?? channelAxis(shape, where)) === 'first';
  const [count = 0, a = 0, b = 0, c = 1] = shape;
  const [height, width, depth] = first ? [b, c, a] : [a, b, c];
  const { low, high, change } = valueRange(values, dtype, range, where);
  const pixels = new Uint8Array(count * height * width * depth);
  const scale = 255 / (high - low);
  const plain = low === 0 && high === 255;
  const byteOf = (value: number): number => (plain ? value : Math.round((value - low) * scale));
  if (!first) for (let i = 0; i < pixels.length; i++) pixels[i] = byteOf(Number(values[i]));
  else {
    const area = height * width;
    for (let n = 0, to = 0; n < count; n++) {
      for (let at = 0; at < area; at++) {
        for (let c = 0; c < depth; c++) pixels[to++] = byteOf(Number(values[(n * depth + c) * area + at]));
      }
    }
  }
  return { pixels, imageShape: [height, width, depth], change };
}

const isTexts = (values: NpyArray['values']): values is readonly string[] =>
  Array.isArray(values) && typeof values[0] === 'string';

/** By the sizes: channels are few, and height and width often equal. */
function channelAxis(shape: readonly number[], where: string): ChannelAxis {
  const [, a = 0, b = 0, c = 0] = shape;
  const usual = (n: number) => n === 1 || n === 3 || n === 4;
  const few = (n: number) => n <= 4;
  for (const are of [usual, few]) if (are(a) !== are(c)) return are(c) ? 'last' : 'first';
  if ((a === b) !== (b === c)) return a === b ? 'last' : 'first';
  throw new DataError(
    `${where}: cannot tell from [${shape.join(', ')}] which axis has the channels; say it: { channels: 'last' } or { channels: 'first' }.`,
  );
}

/** The largest value of a set of images that would be nearly black by its type: bytes in 16 bits, zeros and ones in bytes, other numbers. */
const DARK: Readonly<Record<string, number>> = { u2: 255, u1: 1, i1: 1, other: 16 };

/**
 * A set whose images would all be nearly black is one of another range.
 * @throws DataError where no range is given and the values are few of their type's
 */
export function refuseDark({ values, dtype }: NpyArray, { range }: ArrayReading, where: string): void {
  if (range !== undefined || isTexts(values) || dtype.endsWith('b1')) return;
  let most = 0;
  for (const value of values) most = Math.max(most, Number(value));
  const kind = dtype.slice(1);
  const isWide = kind === 'u2';
  const isUnit = most <= 1 && kind.startsWith('f');
  if (most === 0 || isUnit || most > (DARK[kind] ?? DARK.other ?? 0)) return;
  const usual = isWide ? 65535 : 255;
  throw new DataError(
    `${where}: expected values up to ${usual}, got ${dtype} up to ${most}, which would be nearly black. Say which are black and ` +
      `white: { range: [0, ${most <= 1 ? 1 : isWide ? 255 : Math.ceil(most)}] }, or { range: [0, ${usual}] } where they are meant so.`,
  );
}

const WHOLE_RANGES: Readonly<Record<string, readonly [number, number]>> = { b1: [0, 1], u2: [0, 65535] };

/** What black and white are: by the type of the numbers, and of floating-point numbers by their extremes. */
function valueRange(
  values: Exclude<NpyArray['values'], readonly string[]>,
  dtype: string,
  given: readonly [number, number] | undefined,
  where: string,
): { low: number; high: number; change: string | null } {
  const kind = dtype.slice(1);
  if (kind === 'u1' && given === undefined) return { low: 0, high: 255, change: null };
  let [least, most] = [Infinity, -Infinity];
  for (const one of values) {
    const value = Number(one);
    if (!Number.isFinite(value)) throw new DataError(`${where}: expected finite numbers, got ${value}.`);
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const float = kind.startsWith('f');
  const unit = float && most <= 1;
  const [low, high] = given ?? WHOLE_RANGES[kind] ?? (unit ? [0, 1] : [0, 255]);
  // 12-bit and other cameras leave most of 16 bits dark; that is as it was taken.
  if (!(low < high)) throw new DataError(`${where}: expected range as [black, white], got [${low}, ${high}].`);
  if (least < low || most > high) {
    throw new DataError(
      `${where}: expected values from ${low} to ${high}, got ${least} to ${most}. Say which are black and white: ` +
        `{ range: [${least}, ${most}] }.`,
    );
  }
  const exact = low === 0 && high === 255 && !float;
  return { low, high, change: exact ? null : `values from ${low} to ${high} brought to 256 steps` };
}
