type Rgb = readonly [number, number, number];

/**
 * How people without red (protanopia) or green cones (deuteranopia) see linear RGB: Machado, Oliveira & Fernandes, "A
 * physiologically-based model for simulation of color vision deficiency", IEEE TVCG 15 (2009), table of matrices at severity 1.0.
 */
const VISIONS: Readonly<Record<string, readonly [Rgb, Rgb, Rgb]>> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}; // prettier-ignore

/** sRGB to linear light (IEC 61966-2-1). */
function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
}

/** Contrast ratio of two colours, 1–21 (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const [light, dark] = [a, b]
    .map((hex) => linear(hex).reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0))
    .sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** CIE L*a*b* (D65) of a colour as a kind of vision sees it. */
function lab(hex: string, vision: string): Rgb {
  const seen = VISIONS[vision].map((row) => {
    const value = row.reduce((sum, weight, i) => sum + weight * linear(hex)[i], 0);
    return Math.min(1, Math.max(0, value));
  });
  const to = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]; // prettier-ignore
  const [x, y, z] = to.map((row, i) => {
    const t = row.reduce((sum, weight, c) => sum + weight * seen[c], 0) / [0.95047, 1, 1.08883][i];
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Smallest distance of two colours (CIE 1976 ΔE) over normal, red-blind and green-blind vision; 2.3 is just noticeable. */
export function leastDistance(a: string, b: string): number {
  return Math.min(
    ...Object.keys(VISIONS).map((vision) => Math.hypot(...lab(a, vision).map((value, i) => value - lab(b, vision)[i]))),
  );
}
