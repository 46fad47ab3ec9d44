import { type Normalisation } from './dataset.js';

export const MNIST_CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

export const FASHION_MNIST_CLASSES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

/** Mean and deviation of the 60,000 training images. */
export const MNIST_NORMALISATION: Normalisation = { mean: [0.1307], std: [0.3081] };

/** Mean and deviation of the 60,000 training images. */
export const FASHION_MNIST_NORMALISATION: Normalisation = { mean: [0.286], std: [0.353] };

/** The official file names, without `.gz`. */
export const IDX_FILES = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;
