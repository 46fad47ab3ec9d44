import { OptionError } from '../errors.js';

/**
 * The preset that a notebook runs at: the environment variable MODULAB_PRESET, or the first of `known`.
 * @throws OptionError when the variable names none of them
 */
export function presetFromEnvironment<Preset extends string>(known: readonly Preset[]): Preset {
  const wanted = process.env['MODULAB_PRESET'];
  if (!wanted) return known[0];
  const preset = known.find((name) => name === wanted);
  if (!preset) throw new OptionError(`MODULAB_PRESET: this notebook has ${known.join(', ')}, got '${wanted}'.`);
  return preset;
}
