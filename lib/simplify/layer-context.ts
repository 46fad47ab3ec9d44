import type { ImageSet } from '../datasets/dataset.js';
import type { KernelExtractor } from '../surgery/modules/extract.js';
import type { ChannelGroup } from '../surgery/trace/trace.js';
import type * as tf from '../tf.js';
import type { LayerContext } from './criterion.js';
import { type PooledActivations, pooledActivations } from './pooled-activations.js';

/** What a criterion sees of a layer. @param extractor of `model` */
export function layerContext(about: {
  readonly model: tf.LayersModel;
  readonly original: tf.LayersModel;
  readonly extractor: KernelExtractor;
  readonly group: ChannelGroup;
  readonly images: ImageSet;
  readonly seed: number;
  readonly check: () => void;
}): LayerContext {
  const { model, group, images, check } = about;
  let pooled: Promise<PooledActivations> | undefined;
  return {
    ...about,
    trace: about.extractor.trace,
    pooledActivations: () => (pooled ??= pooledActivations(model, group, images, check)),
  };
}
