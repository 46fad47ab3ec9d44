import type { GradSplitterSettings } from './options.js';

/** Epochs that learn the same things with the same optimiser. Each phase starts with a new Adam (spec cnnsplitter §4.3). */
export interface Phase {
  /** What learns: the heads alone, or masks and heads together. */
  readonly learns: 'heads' | 'masks and heads';
  readonly learningRate: number;
  /** Weight of the modules' size in the loss. */
  readonly alpha: number;
  /** First epoch of the phase, counted from 0, and how many it has. */
  readonly start: number;
  readonly epochs: number;
}

/** The phases in order; phases without epochs are left out. */
export function phasesOf(settings: GradSplitterSettings): Phase[] {
  const { firstHeadEpochs, cycles, maskEpochs, headEpochs } = settings;
  const phases: Phase[] = [];
  let start = 0;
  const add = (learns: Phase['learns'], epochs: number, learningRate: number, alpha: number) => {
    if (epochs > 0) phases.push({ learns, learningRate, alpha, start, epochs });
    start += epochs;
  };
  add('heads', firstHeadEpochs, settings.firstHeadLearningRate, 0);
  for (let cycle = 0; cycle < cycles; cycle++) {
    add('masks and heads', maskEpochs, settings.maskLearningRate, settings.alpha);
    add('heads', headEpochs, settings.headLearningRate, 0);
  }
  return phases;
}
