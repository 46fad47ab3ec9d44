/** IEEE 754 half-precision bit patterns to float32. */
export function halfToFloat(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (h) => {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >> 10) & 0x1f;
    const fraction = h & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

const ONE_BIT = new Float32Array(1);
const BITS = new Uint32Array(ONE_BIT.buffer);

/**
 * float32 to float16 bit patterns, rounded to the nearest, of two equally near ones to the even. What is too large becomes infinite.
 * Inverse of `halfToFloat`.
 */
export function floatToHalf(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, (value) => {
    ONE_BIT[0] = value;
    const bits = BITS[0]!;
    const sign = (bits >>> 16) & 0x8000;
    const exponent = (bits >>> 23) & 0xff;
    const mantissa = bits & 0x7fffff;
    if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
    const shifted = exponent - 112; // float16's exponent, before numbers that are too small for it
    if (shifted >= 31) return sign | 0x7c00;
    const whole = shifted > 0 ? mantissa : mantissa | 0x800000;
    const drop = shifted > 0 ? 13 : 14 - shifted;
    if (drop > 24) return sign;
    const kept = (shifted > 0 ? shifted << 10 : 0) + (whole >>> drop);
    const rest = whole & ((1 << drop) - 1);
    const half = 1 << (drop - 1);
    return sign | (kept + (rest > half || (rest === half && kept & 1) ? 1 : 0));
  });
}
