import { type MT19937, type Mt19937State, seedStream } from '../../../run/mt19937.js';

/** The random generators of a search. */
export interface Generators {
  /** Per class: first population and cut points. */
  readonly breeding: readonly MT19937[];
  /** Per class: what is mutated. */
  readonly mutation: readonly MT19937[];
  readonly tournament: MT19937;
}

/**
 * @param seeds 'shared' gives all classes the same first population and cut points, as the reference does
 *   (spec cnnsplitter §6.1.3); what is mutated differs
 */
export function createGenerators(
  seed: number,
  classNames: readonly string[],
  seeds: 'per-class' | 'shared',
): Generators {
  const own = classNames.map((name) => seedStream(seed, `cnnsplitter/${name}`));
  return {
    breeding: seeds === 'shared' ? classNames.map(() => seedStream(seed, 'cnnsplitter/shared')) : own,
    mutation: own,
    tournament: seedStream(seed, 'cnnsplitter/tournament'),
  };
}

const all = ({ breeding, mutation, tournament }: Generators) => [...new Set([...breeding, ...mutation, tournament])];

export const saveGenerators = (generators: Generators): Mt19937State[] =>
  all(generators).map((generator) => generator.saveState());

/** Goes on from what {@link saveGenerators} of generators made alike gave. */
export function restoreGenerators(generators: Generators, states: readonly Mt19937State[]): void {
  all(generators).forEach((generator, i) => generator.restoreState(states[i]));
}
