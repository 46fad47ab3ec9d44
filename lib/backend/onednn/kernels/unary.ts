import { PLAIN, type UnaryName } from '../addon-functions/element-wise.js';
import { areFloats, override } from '../kernel.js';

/** @param parameters of the function, from the kernel's attributes */
function register<Attributes>(name: UnaryName, parameters?: (attributes: Attributes) => [number, number]): void {
  override<Attributes>(name, (backend, { x }, attributes) => {
    if (!areFloats(x)) return null;
    const out = backend.output(x.shape);
    const [first, second] = parameters?.(attributes) ?? [0, 0];
    backend.addon.unary[name](backend.floats(x), backend.floats(out), first, second);
    return out;
  });
}

export function registerUnary(): void {
  PLAIN.forEach((name) => register(name));
  register('LeakyRelu', ({ alpha }: { alpha: number }) => [alpha, 0]);
  register('Step', ({ alpha }: { alpha: number }) => [alpha, 0]);
  register('ClipByValue', (bounds: { clipValueMin: number; clipValueMax: number }) => [
    bounds.clipValueMin,
    bounds.clipValueMax,
  ]);
}
