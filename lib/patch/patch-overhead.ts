import type { Module } from '../surgery/modules/module.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import type * as tf from '../tf.js';

/** What a patch adds to the weak model's cost. */
export interface PatchOverhead {
  readonly kind: 'patchOverhead';
  readonly targetClass: string;
  /** Multiply-adds of one image. */
  readonly moduleMacs: number;
  /** The same for the whole strong model. */
  readonly strongMacs: number;
  /** moduleMacs / strongMacs. */
  readonly ratio: number;
}

/**
 * Multiply-adds that a patch adds for every image: those of its module, beside the strong model's (spec cnnsplitter
 * §3.5). A module's head counts.
 */
export function patchOverhead(module: Module, strong: tf.LayersModel): PatchOverhead {
  const moduleMacs = module.macs;
  const strongMacs = countMacs(strong).total;
  return {
    kind: 'patchOverhead',
    targetClass: module.targetClass,
    moduleMacs,
    strongMacs,
    ratio: moduleMacs / strongMacs,
  };
}
