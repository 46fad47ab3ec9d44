type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

/**
 * How people without red (protanopia) or green cones (deuteranopia) see linear RGB: Machado, Oliveira & Fernandes, "A
 * physiologically-based model for simulation of color vision deficiency", IEEE TVCG 15 (2009), table of matrices at severity 1.0.
 */
const VISIONS = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
} satisfies Record<string, Matrix>; // prettier-ignore
const TO_XYZ: Matrix = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]; // prettier-ignore
const LUMINANCE: Rgb = [0.2126, 0.7152, 0.0722];

const dot = (a: Rgb, b: Rgb) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const times = ([r, g, b]: Matrix, colour: Rgb): Rgb => [dot(r, colour), dot(g, colour), dot(b, colour)];
const each = ([r, g, b]: Rgb, change: (value: number) => number): Rgb => [change(r), change(g), change(b)];

/** sRGB to linear light (IEC 61966-2-1). */
function linear(hex: string): Rgb {
  return each([1, 3, 5], (at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

/** Contrast ratio of two colours, 1–21 (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const [one, other] = [dot(linear(a), LUMINANCE), dot(linear(b), LUMINANCE)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** CIE L*a*b* (D65) of a colour as a kind of vision sees it. */
function lab(hex: string, vision: Matrix): Rgb {
  const seen = each(times(vision, linear(hex)), (value) => Math.min(1, Math.max(0, value)));
  const [toX, toY, toZ] = times(TO_XYZ, seen);
  const white: Rgb = [toX / 0.95047, toY, toZ / 1.08883];
  const [x, y, z] = each(white, (t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Smallest distance of two colours (CIE 1976 ΔE) over normal, red-blind and green-blind vision; 2.3 is just noticeable. */
export function leastDistance(a: string, b: string): number {
  const distances = Object.values(VISIONS).map((vision: Matrix) => {
    const [one, other] = [lab(a, vision), lab(b, vision)];
    return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
  });
  return Math.min(...distances);
}
