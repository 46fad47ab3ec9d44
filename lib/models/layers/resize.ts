import * as tf from '../../tf.js';

/**
 * Images at another size, as Keras and PyTorch (`align_corners=False`) resize them: the centres of pixels are at halves. Made
 * of two matrix products, which have gradients on every backend; those of tfjs' own resizing are wrong for batches and
 * for images that are not square.
 * @param x [batch, height, width, channels]
 * @returns [batch, size[0], size[1], channels]
 */
export function resizeImages(
  x: tf.Tensor4D,
  size: readonly [number, number],
  method: 'nearest' | 'bilinear',
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const down = interpolation(height, size[0], method);
    const across = interpolation(width, size[1], method);
    const rows = tf.matMul(down, tf.reshape(x, [batch, height, width * channels]));
    const columns = tf.matMul(across, tf.reshape(rows, [batch * size[0], width, channels]));
    return tf.reshape(columns, [batch, size[0], size[1], channels]);
  });
}

/** [1, to, from]: what of every old position is in every new one. */
function interpolation(from: number, to: number, method: 'nearest' | 'bilinear'): tf.Tensor3D {
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to;
    if (method === 'nearest') {
      values[i * from + Math.min(from - 1, Math.floor(centre))] = 1;
      continue;
    }
    const at = Math.min(from - 1, Math.max(0, centre - 0.5));
    const low = Math.floor(at);
    values[i * from + low] += 1 - (at - low);
    if (low + 1 < from) values[i * from + low + 1] += at - low;
  }
  return tf.tensor3d(values, [1, to, from]);
}

/**
 * A map in which every place is repeated: nearest-neighbour up-sampling by whole numbers. Its gradient in tfjs 4.22 is
 * wrong for every image of a batch but the first.
 * @param x [batch, height, width, channels]
 * @param size how often in height and width
 */
export function repeatPlaces(x: tf.Tensor4D, size: [number, number]): tf.Tensor4D {
  const forward = tf.customGrad((input) => ({
    value: tf.image.resizeNearestNeighbor(input as tf.Tensor4D, [x.shape[1] * size[0], x.shape[2] * size[1]]),
    gradFunc: (dy: tf.Tensor4D) => tf.mul(tf.avgPool(dy, size, size, 'valid'), size[0] * size[1]),
  }));
  return forward(x);
}
