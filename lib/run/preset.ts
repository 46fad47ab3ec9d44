import { OptionError } from '../errors.js';

/**
 * The preset that a notebook runs at: the environment variable MODULAB_PRESET, or the first of `known`.
 * @throws OptionError when the variable names none of them
 * @example
 * const epochs = { laptop: 12, smoke: 1 }[presetFromEnvironment(['laptop', 'smoke'])];
 */
export function presetFromEnvironment<Preset extends string>(known: readonly [Preset, ...Preset[]]): Preset {
  const wanted = process.env['MODULAB_PRESET'];
  if (!wanted) return known[0];
  const preset = known.find((name) => name === wanted);
  if (!preset) throw new OptionError(`MODULAB_PRESET: expected one of ${known.join(', ')}, got '${wanted}'.`);
  return preset;
}

/**
 * The seed that a notebook runs with: the environment variable MODULAB_SEED, or `otherwise`.
 * @throws OptionError when the variable is no whole number from 0 to 4294967295
 * @example
 * const drawn = synthetic({ trainPerClass: 4, testPerClass: 2, seed: seedFromEnvironment(1) });
 */
export function seedFromEnvironment(otherwise: number): number {
  const wanted = process.env['MODULAB_SEED'];
  if (!wanted) return otherwise;
  const seed = Number(wanted);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new OptionError(`MODULAB_SEED: expected a whole number from 0 to 4294967295, got '${wanted}'.`);
  }
  return seed;
}
