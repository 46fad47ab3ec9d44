import { readdir } from 'node:fs/promises';
import path from 'node:path';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { DataError } from '../errors.js';
import { hex, isFolder, readDataFile, sha256Of } from './data-file.js';
import { IMAGENET_NORMALISATION, type Dataset, type ImageSet } from './dataset.js';
import { resizeImage } from './resize.js';

/** What {@link imageFolder} can be told. */
export interface ImageFolderOptions {
  /** Resizes every image to this size (one number: square). Without it all images must have one size. */
  readonly size?: number | readonly [height: number, width: number];
}

export interface RgbImage {
  height: number;
  width: number;
  /** RGB, row by row. */
  pixels: Uint8Array;
}

/**
 * Reads `train/<class>/*` and `test/<class>/*` under a folder: PNG and JPEG files, read as RGB (transparent pixels over
 * black). Classes are the names of the sub-folders of `train` in the order of their code units, files within a class
 * likewise, so that labels are the same on every machine. Names that start with a dot are passed over.
 * @throws DataError when a folder is missing or empty, `test` has a class that `train` lacks, a file is no readable PNG
 *   or JPEG, or sizes differ and no size is given
 */
export async function imageFolder(folder: string, options: ImageFolderOptions = {}): Promise<Dataset> {
  const size = typeof options.size === 'number' ? ([options.size, options.size] as const) : options.size;
  const classNames = await subFolders(path.join(folder, 'train'));
  const testClasses = await subFolders(path.join(folder, 'test'));
  const unknown = testClasses.filter((name) => !classNames.includes(name));
  if (unknown.length > 0) {
    throw new DataError(
      `${path.join(folder, 'test')}: expected the classes of the training images (${classNames.join(', ')}), got also ` +
        `${unknown.join(', ')}.`,
    );
  }
  const train = await readSplit(path.join(folder, 'train'), classNames, size);
  const test = await readSplit(path.join(folder, 'test'), classNames, size, train.first);
  return {
    name: path.basename(path.resolve(folder)),
    classNames,
    train: train.set,
    test: test.set,
    provenance: { ...train.provenance, ...test.provenance },
  };
}

/**
 * The files of one split in the order in which {@link imageFolder} puts their images, as `<class>/<file>`.
 * @throws DataError when the folder is missing or has no class
 */
export async function imageFileNames(folder: string, split: 'train' | 'test'): Promise<string[]> {
  const root = path.join(folder, split);
  const classNames = await subFolders(path.join(folder, 'train'));
  const names = classNames.map(async (className) =>
    (await isFolder(path.join(root, className)))
      ? (await filesOf(path.join(root, className))).map((name) => `${className}/${name}`)
      : [],
  );
  return (await Promise.all(names)).flat();
}

async function filesOf(classFolder: string): Promise<string[]> {
  return (await readdir(classFolder)).filter((name) => /^[^.].*\.(png|jpe?g)$/i.test(name)).sort();
}

async function subFolders(folder: string): Promise<string[]> {
  const names = (await isFolder(folder)) ? await readdir(folder, { withFileTypes: true }) : [];
  const folders = names
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  if (folders.length === 0) {
    throw new DataError(
      `${folder}: expected one sub-folder of images per class, got ` +
        `${(await isFolder(folder)) ? 'none' : 'no such folder'}. Lay the images out as train/<class>/*.png and ` +
        'test/<class>/*.png.',
    );
  }
  return folders.sort();
}

/**
 * The images of one split and their size.
 * @param size resize to this
 * @param expected else: the size they must have; default: that of the first
 */
async function readSplit(
  folder: string,
  classNames: readonly string[],
  size: readonly [number, number] | undefined,
  expected?: readonly [number, number],
): Promise<{ set: ImageSet; first: readonly [number, number]; provenance: Record<string, string> }> {
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  const sums: string[] = [];
  let first = size ?? expected;
  for (const [label, className] of classNames.entries()) {
    const classFolder = path.join(folder, className);
    if (!(await isFolder(classFolder))) continue;
    for (const name of await filesOf(classFolder)) {
      const { bytes, path: file, sha256 } = await readDataFile(path.join(classFolder, name));
      const image = decodeImage(file, bytes);
      first ??= [image.height, image.width];
      if (!size && (image.height !== first[0] || image.width !== first[1])) {
        throw new DataError(
          `${file}: expected ${first[0]}×${first[1]} pixels as in the images before it, got ` +
            `${image.height}×${image.width}. Give a size ({ size: ${first[0]} }) to resize all images.`,
        );
      }
      images.push(resizeImage(image.pixels, [image.height, image.width, 3], first));
      labels.push(label);
      sums.push(`${className}/${name} ${sha256}`);
    }
  }
  if (!first || images.length === 0) {
    throw new DataError(
      `${folder}: expected PNG or JPEG files in its class folders (${classNames.join(', ')}), got none.`,
    );
  }
  const pixels = new Uint8Array(images.length * first[0] * first[1] * 3);
  images.forEach((image, i) => pixels.set(image, i * image.length));
  return {
    set: {
      pixels,
      labels: Int32Array.from(labels),
      imageShape: [first[0], first[1], 3],
      classNames,
      normalisation: IMAGENET_NORMALISATION,
    },
    first,
    // One checksum over the list of files, as thousands of entries would drown a manifest.
    provenance: {
      [`${path.basename(folder)} (${images.length} files, sha256 of their list of sha256)`]: sha256Of(
        Buffer.from(sums.join('\n')),
      ),
    },
  };
}

/** As many as the JPEG decoder allows, in millions; pictures of cameras have less. */
const MOST_MEGAPIXELS = 100;
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG_SIGNATURE = Buffer.from([0xff, 0xd8, 0xff]);

/** Decodes a PNG or JPEG, told apart by the first bytes and not by the name. */
export function decodeImage(file: string, bytes: Buffer): RgbImage {
  const isPng = bytes.subarray(0, 8).equals(PNG_SIGNATURE);
  if (!isPng && !bytes.subarray(0, 3).equals(JPEG_SIGNATURE)) {
    throw new DataError(
      `${file}: expected a PNG (first bytes ${hex(PNG_SIGNATURE.subarray(0, 4))}) or JPEG (${hex(JPEG_SIGNATURE)}) image, ` +
        `got ${hex(bytes.subarray(0, 4)) || 'nothing'} in a file of ${bytes.length} bytes. Convert or remove the file.`,
    );
  }
  try {
    return isPng ? decodePng(bytes) : decodeJpeg(bytes);
  } catch (cause) {
    throw new DataError(
      `${file}: expected a complete ${isPng ? 'PNG' : 'JPEG'} image, but its ${bytes.length} bytes cannot be decoded. The ` +
        'file is truncated or damaged; replace or remove it.',
      { cause },
    );
  }
}

function decodeJpeg(bytes: Buffer): RgbImage {
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false });
  return { width, height, pixels: data };
}

function decodePng(bytes: Buffer): RgbImage {
  // The decoder makes room for what the header claims before it looks at the data.
  if (bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MOST_MEGAPIXELS * 1e6) throw new Error('too large');
  const { width, height, data } = PNG.sync.read(bytes);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const alpha = data[4 * i + 3];
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round((data[4 * i + c] * alpha) / 255);
  }
  return { width, height, pixels };
}
