import type { ActiveNodes } from '../../surgery/nodes/node-activity.js';

/** What was seen of one class. */
export interface ObservedClass {
  readonly nPos: number;
  /** Active on a positive. */
  readonly positives: ActiveNodes;
  /** Active on one of the first `nNegPerClass` images, which are negatives to every other class. */
  readonly negatives: ActiveNodes;
}

/** Everything that CI and TI need to know, for all modules. Plain data. */
export interface ClassActivity {
  /** `modelDigest` of the network that was observed. */
  readonly modelId: string;
  /** `imageSetDigest` of the images. */
  readonly datasetId: string;
  readonly classNames: readonly string[];
  readonly nNegPerClass: number;
  readonly positiveFilter: number | null;
  /** In the order of the class names. */
  readonly classes: readonly ObservedClass[];
}
