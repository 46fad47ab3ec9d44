import type { ModuleProvenance } from '../modules/module.js';
import type { ConvMask, DenseMask } from './node-mask.js';

/** Which convolutions and additions a module masks (spec decompose §2.4). */
export type AddPolicy = 'literal' | 'reluFedOnly' | 'postAdd';

/** What is pruned beyond channelling: A = MC, B = MC-BLN (the paper's choice), C = MC-BI (spec decompose §2.8). */
export type DecomposeVariant = 'MC' | 'MC-BLN' | 'MC-BI';

/**
 * What a `NodeModule` is made of beside its network, whose weights are not in here: the nodes that are set to 0, and an output layer
 * of two columns, "this class" and "another" (spec decompose §1). Plain data.
 */
export interface NodeModuleParts {
  /** `modelDigest` of the network that the masks belong to. */
  readonly modelId: string;
  /** Column of the module's class in the network's output. */
  readonly classIndex: number;
  /** Classes of the network, in the order of its logits. */
  readonly classNames: readonly string[];
  readonly convMasks: readonly ConvMask[];
  readonly denseMasks: readonly DenseMask[];
  /** Masks on the sums of residual blocks. */
  readonly addMasks: readonly ConvMask[];
  /** [features, 2] row by row; column 0 is the module's class, column 1 the mean of the others. */
  readonly outW: Float32Array;
  /** [2] */
  readonly outB: Float32Array;
  readonly provenance: DecomposeProvenance;
}

/** How a module of nodes came to be. Plain data. */
export interface DecomposeProvenance extends ModuleProvenance {
  /** `imageSetDigest` of the images that were observed. */
  readonly datasetId: string;
  /** Images of the class that were observed; fewer than asked for where there are not so many. */
  readonly nPos: number;
  /** Images of each other class that were observed. */
  readonly nNegPerClass: number;
  /** Positives count only where the network gives their class more than this probability; null: all count. */
  readonly positiveFilter: number | null;
  /** Threshold of MC-BLN. */
  readonly delta: number;
  readonly variant: DecomposeVariant;
  readonly addPolicy: AddPolicy;
  /** Sign of the test of MC-BLN (spec decompose §2.6). */
  readonly blnRule: 'prose' | 'literal';
  /** Rule of MC-BI (spec decompose §2.7). */
  readonly biRule: 'perSource' | 'literal';
  /** What was done to the module after it was cut out, one entry per step. */
  readonly updates?: readonly Readonly<Record<string, unknown>>[];
}

/** The name of a module's class. */
export function moduleClass({ classNames, classIndex }: NodeModuleParts): string {
  return classNames[classIndex];
}
