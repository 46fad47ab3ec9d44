import { IMAGES_PER_GRADIENT } from '../../datasets/images-at-once.js';
import { passOver } from '../../datasets/pass-over.js';
import { cutAtLayer } from '../../surgery/passes/layer-tail.js';
import * as tf from '../../tf.js';
import { batchThatFits } from '../../training/batch-that-fits.js';
import { softmaxCrossEntropy } from '../../training/softmax-cross-entropy.js';
import type { RelevanceCriterion } from '../criterion.js';

/**
 * First-order Taylor: mean over images and positions of |m · ∂L/∂m|, m the kernel's map as the convolution puts it out
 * and L the image's cross-entropy; the mean over tied kernels (spec progressive §4.1; not the paper's).
 */
export const gradTimesAct: RelevanceCriterion = {
  id: 'gradTimesAct',
  label: 'activation × gradient (Taylor)',
  async score({ model, group, images, check }) {
    const byLayer = new Map<string, Float64Array>();
    for (const layer of group.layers) {
      const { untilLayer, fromLayer } = cutAtLayer(model, layer);
      let sums = new Float64Array(0);
      await passOver(
        images,
        { task: 'activation × gradient', batchSize: batchThatFits(model, IMAGES_PER_GRADIENT), check },
        ({ x, labels }) => {
          tf.tidy(() => {
            const { map, carried } = untilLayer(x);
            const gradient = tf.grad(
              (m: tf.Tensor) => softmaxCrossEntropy(labels, fromLayer(m as tf.Tensor4D, carried)).loss,
            )(map);
            // The loss is a mean over the batch; times its size it is the sum of the images' own.
            const product = tf.mul(tf.sum(tf.abs(tf.mul(map, gradient)), [0, 1, 2]), labels.length);
            const values = product.dataSync<'float32'>();
            if (sums.length === 0) sums = new Float64Array(values.length);
            values.forEach((value, kernel) => (sums[kernel] += value));
          });
        },
      );
      byLayer.set(layer, sums);
    }
    return group.units.map(
      ({ members }) =>
        members.reduce((total, { layer, kernel }) => total + byLayer.get(layer)![kernel], 0) /
        members.length /
        images.labels.length,
    );
  },
};
