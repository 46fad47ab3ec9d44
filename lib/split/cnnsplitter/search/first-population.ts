import { OptionError } from '../../../errors.js';
import type { MT19937 } from '../../../run/mt19937.js';
import type { ModelTrace } from '../../../surgery/trace/trace.js';
import type { CnnSplitterSettings } from '../options.js';
import { budgetPopulation, type ClassBudgets } from './budget-population.js';
import type { Encoding } from './encoding.js';
import { type Chromosome, type ChromosomeLayer, initialPopulation, randomPopulation } from './population.js';

/** Makes the first individuals of a class, drawing only from the generator given. */
export type FirstPopulation = (classIndex: number, rng: MT19937) => readonly Chromosome[];

/** How the first individuals are made, by the setting `initialisation`. */
export function firstPopulation(
  settings: Pick<CnnSplitterSettings, 'initialisation' | 'population' | 'sensitiveRatios' | 'otherRatios'>,
  {
    encoding,
    trace,
    sensitive,
    budgets,
  }: {
    readonly encoding: Encoding;
    readonly trace: ModelTrace;
    /** For 'sensitivity': names of the sensitive layers. */
    readonly sensitive: readonly string[];
    readonly budgets: ClassBudgets;
  },
): FirstPopulation {
  const { initialisation, population } = settings;
  if (initialisation === 'budget') {
    return (classIndex, rng) => budgetPopulation(encoding, trace, budgets, classIndex, population, rng);
  }
  const layers = chromosomeLayers(encoding, trace, sensitive, settings);
  const draw = initialisation === 'random' ? randomPopulation : initialPopulation;
  return (_classIndex, rng) => draw(layers, population, rng);
}

/** Bits per layer of a chromosome, with what the first individuals keep of them. */
function chromosomeLayers(
  encoding: Encoding,
  trace: ModelTrace,
  sensitive: readonly string[],
  settings: Pick<CnnSplitterSettings, 'sensitiveRatios' | 'otherRatios'>,
): ChromosomeLayer[] {
  const groups = groupsOf(trace, sensitive);
  return encoding.layers.map(({ id, groups: bits }) => ({
    bits: bits.length,
    initialRatios: groups.has(id) ? settings.sensitiveRatios : settings.otherRatios,
  }));
}

/** Ids of the groups that layers belong to. @throws OptionError when the model has no layer of a name */
export function groupsOf(trace: ModelTrace, layers: readonly string[]): Set<string> {
  return new Set(
    layers.map((layer) => {
      const group = trace.groups.find((g) => g.layers.includes(layer));
      if (!group) {
        const known = trace.groups.flatMap((g) => g.layers).join(', ');
        throw new OptionError(`sensitiveLayers: the model has no convolution layer '${layer}'; it has ${known}.`);
      }
      return group.id;
    }),
  );
}
