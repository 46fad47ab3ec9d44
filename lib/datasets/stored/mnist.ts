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

/** The names under which a file is handed on: with a dot, as Windows unpacks it, or in a folder of its own name. */
const namesOf = (file: string): string[] => {
  const dotted = file.replace('-idx', '.idx');
  return [file, dotted, `${file}/${file}`, `${dotted}/${dotted}`, `${file}/${dotted}`];
};

/** Handwritten digits, 28×28, one channel. */
export const mnist: StoredSet = idxSet(['mnist', 'MNIST/raw', 'MNIST', '.'], MNIST_CLASSES, MNIST_NORMALISATION);

/** Zalando's articles in the format of MNIST. */
export const fashionMnist: StoredSet = idxSet(
  ['fashion-mnist', 'FashionMNIST/raw', 'FashionMNIST', 'fashionmnist', 'fashion_mnist', 'fashion', '.'],
  FASHION_MNIST_CLASSES,
  FASHION_MNIST_NORMALISATION,
);

function idxSet(folders: readonly string[], classNames: readonly string[], normalisation: Normalisation): StoredSet {
  return {
    folders,
    markers: namesOf(IDX_FILES.test.images),
    async read(files) {
      const read = async (file: string) => {
        for (const name of namesOf(file)) if (await files.has(name)) return files.read(name);
        return files.read(file);
      };
      const part = async ({ images, labels }: { images: string; labels: string }) =>
        parseIdxPair(await read(images), await read(labels), classNames, normalisation);
      return { train: await part(IDX_FILES.train), test: await part(IDX_FILES.test) };
    },
  };
}
