import type { ImageSet } from '../../datasets/dataset.js';
import { passOver } from '../../datasets/pass-over.js';
import type { KernelExtractor } from '../../surgery/modules/extract.js';
import type { CompiledInference } from '../../surgery/passes/inference.js';
import { filledSelection, type MaskLayout } from '../../surgery/trace/channel-masks.js';
import * as tf from '../../tf.js';

/**
 * The logits of every module on every image of a set, from physically small modules. A module whose mask has not changed
 * since the last call, or that equals another's, is not run again. A module that lost a whole layer is run as it would be
 * cut out, with kernel 0 of that layer.
 */
export class CachedLogits {
  private known = new Map<string, Float32Array>();

  constructor(
    private readonly extractor: KernelExtractor,
    private readonly layout: MaskLayout,
    private readonly images: ImageSet,
  ) {}

  /**
   * @param bits [modules, units], 0 or 1
   * @param beforeBatch called before each batch; may throw to stop
   * @returns per module [images · classes], row by row
   */
  async of(bits: Uint8Array, beforeBatch: () => void): Promise<readonly Float32Array[]> {
    const { units } = this.layout;
    const masks = Array.from({ length: bits.length / units }, (_, m) => bits.subarray(m * units, (m + 1) * units));
    const keys = masks.map((mask) => Buffer.from(mask).toString('latin1'));
    const results = new Map<string, Float32Array>();
    const running: { compiled: CompiledInference; logits: Float32Array }[] = [];
    const { labels, classNames } = this.images;
    try {
      keys.forEach((key, module) => {
        if (results.has(key)) return;
        const known = this.known.get(key);
        const logits = known ?? new Float32Array(labels.length * classNames.length);
        results.set(key, logits);
        if (known) return;
        const selection = filledSelection(this.extractor.trace, this.layout, masks[module]);
        running.push({ compiled: this.extractor.compile(selection), logits });
      });
      if (running.length > 0) await this.run(running, beforeBatch);
    } finally {
      running.forEach(({ compiled }) => compiled.dispose());
    }
    this.known = results;
    return keys.map((key) => results.get(key)!);
  }

  private async run(
    modules: readonly { compiled: CompiledInference; logits: Float32Array }[],
    beforeBatch: () => void,
  ): Promise<void> {
    await passOver(this.images, { task: 'logits', check: beforeBatch }, async ({ x }, done) => {
      for (const { compiled, logits } of modules) {
        const y = compiled.predict(x);
        logits.set(await y.data<'float32'>(), done * y.shape[1]);
        y.dispose();
      }
    });
  }
}

/** The rows of some images as [modules, images, classes]. The caller disposes it. */
export function gatherLogits(logits: readonly Float32Array[], rows: Int32Array, classes: number): tf.Tensor3D {
  const values = new Float32Array(logits.length * rows.length * classes);
  let at = 0;
  for (const own of logits) {
    for (const row of rows) {
      values.set(own.subarray(row * classes, (row + 1) * classes), at);
      at += classes;
    }
  }
  return tf.tensor3d(values, [logits.length, rows.length, classes]);
}
