import { seedStream } from '../../run/mt19937.js';
import type { MaskedNetwork } from '../../surgery/passes/masked-network.js';
import type { MaskLayout } from '../../surgery/trace/channel-masks.js';
import * as tf from '../../tf.js';
import { createOptimizer, type Optimizer, type OptimizerState } from '../../training/optimizers.js';
import { createHeads, headScores, type ModuleHeads } from './module-heads.js';
import type { GradSplitterSettings } from './options.js';
import { gradientThroughMask } from './straight-through.js';

/** Memory for one pass of the masked network, in bytes. Smaller passes are faster than one large one: maps stay in caches. */
const PASS_BYTES = 256 * 1024 * 1024;
/** A value of a map is held about so often: the map, its masked copy, a gradient. */
const COPIES = 3;

/** Sigmoids are kept this far from 0 and 1 before their logarithm is taken. */
const SMALLEST = 1e-6;

export interface StepResult {
  /** Mean cross-entropy over the batch before the update (nats), without the size term. */
  readonly loss: number;
}

/** What GradSplitter learns: real-valued masks and heads of all modules, and the optimiser of the current phase. */
export class MaskState {
  /** Real-valued masks [modules, units]; a unit is kept while its value is above 0. */
  readonly masks: tf.Variable<tf.Rank.R2>;
  readonly heads: ModuleHeads;
  private optimizer: Optimizer = createOptimizer({ kind: 'adam' });
  private readonly imagesPerPass: number;

  /** @param start [modules, units], 0 or 1: which kernels the masks start with, whatever the settings say; null: as they say */
  constructor(
    private readonly network: MaskedNetwork,
    private readonly classNames: readonly string[],
    private readonly settings: GradSplitterSettings,
    seed: number,
    start: Uint8Array | null = null,
  ) {
    const { units } = network.layout;
    const modules = classNames.length;
    this.masks = tf.tidy(() => tf.variable(tf.tensor2d(initialValues(), [modules, units])));
    this.heads = createHeads(classNames, seed);
    const affordable = Math.floor(PASS_BYTES / (4 * COPIES * modules * network.valuesPerImage));
    this.imagesPerPass = Math.max(1, settings.imagesPerPass ?? affordable);

    function initialValues(): Float32Array {
      const { initialMasks: kind, initialMaskScale: scale } = settings;
      const rng = seedStream(seed, 'gradsplitter/masks');
      return Float32Array.from({ length: modules * units }, () =>
        kind === 'normal' ? scale * rng.nextNormal() : kind === 'ones' ? scale : 0,
      ).map((value, unit) => (start === null ? value : start[unit] ? scale : -scale));
    }
  }

  /** Forgets what the optimiser remembers: every phase starts with zero moments. */
  startPhase(): void {
    this.optimizer.dispose();
    this.optimizer = createOptimizer({ kind: 'adam' });
  }

  optimizerState(): OptimizerState {
    return this.optimizer.state();
  }

  /** Takes over the tensors of a saved state; the optimiser's too. */
  restore(masks: tf.Tensor, heads: readonly tf.Tensor[], optimizer: OptimizerState): void {
    this.masks.assign(masks as tf.Tensor2D);
    this.heads.variables.forEach((variable, i) => variable.assign(heads[i]));
    tf.dispose([masks, ...heads]);
    this.startPhase();
    this.optimizer.restore(optimizer);
  }

  /** The binary masks [modules, units]. */
  bits(): Uint8Array {
    return Uint8Array.from(this.masks.dataSync<'float32'>(), (value) => (value > 0 ? 1 : 0));
  }

  /**
   * One step of masks and heads together: the loss of the sigmoid scores + alpha · mean mask (spec cnnsplitter §4.2).
   * A batch that does not fit goes through in parts whose gradients are added up before the estimator clamps them.
   * @param x [batch, height, width, channels]
   */
  maskStep(x: tf.Tensor4D, labels: Int32Array, learningRate: number, alpha: number): StepResult {
    const variables = [this.masks, ...this.heads.variables];
    return tf.tidy(() => {
      let sums: tf.Tensor[] = [];
      let loss = 0;
      const given = [tf.step(this.masks), ...this.heads.variables];
      for (let start = 0; start < labels.length; start += this.imagesPerPass) {
        const part = labels.subarray(start, start + this.imagesPerPass);
        sums = tf.tidy(() => {
          const images = tf.slice(x, [start, 0, 0, 0], [part.length, -1, -1, -1]);
          const { value, grads } = tf.valueAndGrads((masks: tf.Tensor, ...heads: tf.Tensor[]) =>
            this.crossEntropy(this.network.outputs(images, masks as tf.Tensor2D), heads, part, labels.length),
          )(given);
          loss += value.dataSync()[0];
          return grads.map((gradient, i) => (sums.length > 0 ? tf.add(sums[i], gradient) : gradient));
        });
      }
      const maskGradient = tf.add(sums[0], sizeGradient(this.network.layout, this.classNames.length, alpha));
      const gradients = [gradientThroughMask(this.masks as tf.Tensor, maskGradient), ...sums.slice(1)];
      this.optimizer.apply(variables, gradients, learningRate);
      return { loss };
    });
  }

  /** One step of the heads alone. @param logits [modules, batch, classes]; not disposed */
  headStep(logits: tf.Tensor3D, labels: Int32Array, learningRate: number): StepResult {
    const { variables } = this.heads;
    return tf.tidy(() => {
      const { value, grads } = tf.valueAndGrads((...heads: tf.Tensor[]) =>
        this.crossEntropy(logits, heads, labels, labels.length),
      )([...variables]);
      this.optimizer.apply(variables, grads, learningRate);
      return { loss: value.dataSync()[0] };
    });
  }

  dispose(): void {
    this.optimizer.dispose();
    this.masks.dispose();
    this.heads.dispose();
  }

  /**
   * 'softmax': softmax cross-entropy on the sigmoids, as the reference has it. 'binary': the mean over heads of their binary
   * cross-entropies. Σ over the labels / batch.
   */
  private crossEntropy(logits: tf.Tensor3D, heads: readonly tf.Tensor[], labels: Int32Array, batch: number): tf.Scalar {
    const scores = headScores(logits, heads);
    const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), this.classNames.length).toFloat();
    if (this.settings.headLoss === 'softmax') {
      return tf.div(tf.neg(tf.sum(tf.mul(oneHot, tf.logSoftmax(scores)))), batch);
    }
    const inside = tf.clipByValue(scores, SMALLEST, 1 - SMALLEST);
    const ofOthers = tf.mul(tf.sub(1, oneHot), tf.log(tf.sub(1, inside)));
    const sum = tf.sum(tf.add(tf.mul(oneHot, tf.log(inside)), ofOthers));
    return tf.div(tf.neg(sum), batch * this.classNames.length);
  }
}

/** Gradient of alpha · mean(b) over all kernels of all modules, tied kernels counted each: [1, units]. */
function sizeGradient(layout: MaskLayout, modules: number, alpha: number): tf.Tensor2D {
  const { kernelsOfUnit, kernels, units } = layout;
  return tf.tensor2d(
    kernelsOfUnit.map((count) => (alpha * count) / (modules * kernels)),
    [1, units],
  );
}
