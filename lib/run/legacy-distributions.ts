import { OptionError } from '../errors.js';
import type { MT19937 } from './mt19937.js';

/** Standard exponential deviate, as numpy's legacy `RandomState` draws it. */
function standardExponential(rng: MT19937): number {
  return -Math.log(1 - rng.nextDouble());
}

/**
 * Standard gamma deviate, as numpy's legacy `RandomState.standard_gamma` draws it.
 * @throws OptionError when the shape is not positive
 */
export function standardGamma(rng: MT19937, shape: number): number {
  if (!(shape > 0) || !Number.isFinite(shape)) {
    throw new OptionError(`gamma deviate: expected a positive shape, got ${shape}.`);
  }
  if (shape === 1) return standardExponential(rng);
  if (shape < 1) {
    for (;;) {
      const u = rng.nextDouble();
      const v = standardExponential(rng);
      if (u <= 1 - shape) {
        const x = u ** (1 / shape);
        if (x <= v) return x;
      } else {
        const y = -Math.log((1 - u) / shape);
        const x = (1 - shape + shape * y) ** (1 / shape);
        if (x <= v + y) return x;
      }
    }
  }
  const b = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * b);
  for (;;) {
    let x: number, root: number;
    do {
      x = rng.nextNormal();
      root = 1 + c * x;
    } while (root <= 0);
    const v = root ** 3;
    const u = rng.nextDouble();
    if (u < 1 - 0.0331 * x ** 4) return b * v;
    if (Math.log(u) < 0.5 * x * x + b * (1 - v + Math.log(v))) return b * v;
  }
}

/** Proportions from a symmetric Dirichlet distribution, as numpy's legacy `RandomState.dirichlet` draws them; sum 1. */
export function dirichlet(rng: MT19937, concentration: number, classes: number): Float64Array {
  const draws = Float64Array.from({ length: classes }, () => standardGamma(rng, concentration));
  const scale = 1 / draws.reduce((sum, value) => sum + value, 0);
  return draws.map((value) => value * scale);
}
