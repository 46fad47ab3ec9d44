import type { MT19937 } from '../../../run/mt19937.js';
import type { Chromosome } from './population.js';

export interface BreedingOptions {
  /** Best individuals taken over unchanged. */
  readonly elites: number;
  /** Best individuals that become parents. */
  readonly parents: number;
  /** Share of genes that a child's mutation picks; each pick becomes a fair coin, so about half of them change. */
  readonly mutation: number;
}

/**
 * Row numbers from fittest to least fit; of equals the higher row comes first, as in the reference (spec cnnsplitter §2.7).
 * @param winner row that comes first whatever its equals: the class's member of the best combination
 * @param otherwise decides between rows of equal fitness before their numbers do
 */
export function rankByFitness(
  fitness: ArrayLike<number>,
  winner: number,
  otherwise: (row: number) => number = () => 0,
): number[] {
  const others = Array.from({ length: fitness.length }, (_, row) => row).filter((row) => row !== winner);
  return [winner, ...others.sort((a, b) => fitness[b] - fitness[a] || otherwise(b) - otherwise(a) || b - a)];
}

/**
 * The next population: elites (best first), then children by single-point crossover of neighbouring parents with
 * mutation (spec cnnsplitter §2.7 steps 3–6). The size stays the same.
 * @param ranking row numbers, fittest first
 * @param rng draws the cut points
 * @param mutationRng draws what is mutated
 */
export function nextPopulation(
  population: readonly Chromosome[],
  ranking: readonly number[],
  options: BreedingOptions,
  rng: MT19937,
  mutationRng: MT19937 = rng,
): Chromosome[] {
  const ranked = ranking.map((row) => population[row]);
  const parents = ranked.slice(0, options.parents);
  const genes = population[0].length;
  const picks = Math.floor(options.mutation * genes);
  const next = ranked.slice(0, options.elites);
  for (let k = 0; next.length < population.length; k++) {
    const cut = rng.nextInterval(genes - 1);
    const child = parents[(k + 1) % parents.length].slice();
    child.set(parents[k % parents.length].subarray(0, cut));
    // Floyd's draw of `picks` distinct positions.
    const chosen = new Set<number>();
    for (let j = genes - picks; j < genes; j++) {
      const position = mutationRng.nextInterval(j);
      chosen.add(chosen.has(position) ? j : position);
    }
    for (const position of chosen) child[position] = mutationRng.nextInterval(1);
    next.push(child);
  }
  return next;
}
