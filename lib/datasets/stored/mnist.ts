import { type Normalisation } from '../dataset.js';
import { parseIdxPair } from './idx.js';
import type { StoredSet } from './stored-set.js';

const MNIST_CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

const FASHION_MNIST_CLASSES = [
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
const MNIST_NORMALISATION: Normalisation = { mean: [0.1307], std: [0.3081] };

/** Mean and deviation of the 60,000 training images. */
const FASHION_MNIST_NORMALISATION: Normalisation = { mean: [0.286], std: [0.353] };

/** The official file names, without `.gz`. */
const IDX_FILES = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

/** Handwritten digits, 28×28, one channel. */
export const mnist: StoredSet = idxSet(['mnist', 'MNIST/raw', '.'], MNIST_CLASSES, MNIST_NORMALISATION);

/** Zalando's articles in the format of MNIST. */
export const fashionMnist: StoredSet = idxSet(
  ['fashion-mnist', 'FashionMNIST/raw', '.'],
  FASHION_MNIST_CLASSES,
  FASHION_MNIST_NORMALISATION,
);

function idxSet(folders: readonly string[], classNames: readonly string[], normalisation: Normalisation): StoredSet {
  return {
    folders,
    marker: IDX_FILES.test.images,
    async read(files) {
      const part = async ({ images, labels }: { images: string; labels: string }) =>
        parseIdxPair(await files.read(images), await files.read(labels), classNames, normalisation);
      return { train: await part(IDX_FILES.train), test: await part(IDX_FILES.test) };
    },
  };
}
