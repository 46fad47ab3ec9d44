import os from 'node:os';
import path from 'node:path';
import { DataError, OptionError } from '../../errors.js';
import { openWorkerPool, type WorkerPool } from '../../run/worker-pool.js';
import { sha256Of } from '../files/data-file.js';
import { openTree } from '../files/open-tree.js';
import { type FolderReport, folderReport, isUnusual, type SplitReport } from '../folder/folder-report.js';
import { normalisationFor, pixelsFor } from '../folder/for-model.js';
import type { ImageFolderOptions } from '../folder/image-folder-options.js';
import type { SplitRole } from '../folder/layouts/split-name.js';
import { type ListedPart, listFolder } from '../folder/list-folder.js';
import { type PixelOptions, readPicture } from '../folder/read-picture.js';
import { type Counted, Tally } from '../folder/tally.js';
import { photographDecoder } from '../images/sharp.js';
import type { DecodeResult, DecodeTask, DecodeWorkerData } from './decode-images.worker.js';
import type { ImageSource } from './image-source.js';

/** What {@link imageFolderSource} can be told. */
export interface ImageFolderSourceOptions extends Omit<ImageFolderOptions, 'onProgress' | 'signal'> {
  /** Threads that read and decode. Default: one per core, at most 16. */
  readonly workers?: number;
}

/** A folder of images that are read as they are asked for. */
export interface ImageFolderSource {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: ImageSource;
  readonly test: ImageSource;
  /** Where the folder has images to validate on besides those to train and to test on. */
  readonly validation?: ImageSource;
  /** The file of every image, as `<class>/<file>` within its part's folder. */
  readonly files: Partial<Readonly<Record<SplitRole, readonly string[]>>>;
  /** What was found and left out; what was changed is known when images have been read: {@link changed}. */
  readonly report: FolderReport;
  /** Images read so far that are not as they were stored. */
  changed(): Counted[];
  /** Ends the threads. Nothing can be read any more. */
  close(): Promise<void>;
}

/** Pictures that one thread decodes at a time: few enough to keep all threads busy with one batch. */
const TASK_IMAGES = 8;

/**
 * A folder of images, or a ZIP archive of one, as sources for sets that are larger than the memory: files are listed now, and read
 * and decoded in threads when batches are asked for. Options, classes and labels are those of `imageFolder`.
 * @throws DataError, OptionError as `imageFolder`; a damaged file is an error when it is read
 * @example
 * const photos = await imageFolderSource('photos', { size: 224, fit: 'crop' });
 * const model = models.resCnn({ inputShape: [224, 224, 3], classes: photos.classNames.length, width: 1 / 8 });
 * await fit(model, photos.train, { epochs: 1 });
 * const report = await evaluate(model, photos.test);
 * await photos.close();
 */
export async function imageFolderSource(
  folder: string,
  options: ImageFolderSourceOptions = {},
): Promise<ImageFolderSource> {
  const { workers = Math.min(os.availableParallelism(), 16) } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw new OptionError(`workers: expected a whole number from 1 to 256, got ${workers}.`);
  }
  const tree = await openTree(folder);
  const pixels: PixelOptions = pixelsFor(options);
  const normalisation = normalisationFor(options, pixels.channels);
  const changed = new Tally();
  let listed, size;
  try {
    listed = await listFolder(tree, options);
    // The first tells the size of all, where none was given.
    size = (await readPicture(tree, listed.parts.train.images[0]!.file, pixels)).size;
  } finally {
    await tree.close();
  }
  const { classNames, parts, passedOver, remarks } = listed;
  const data: DecodeWorkerData = { root: folder, pixels, size };
  const worker = path.join(__dirname, 'decode-images.worker.js');
  const pool = openWorkerPool<DecodeTask, DecodeResult>(worker, workers, data);
  const decoder = await photographDecoder();
  const sources: Partial<Record<SplitRole, ImageSource>> = {};
  const files: Partial<Record<SplitRole, string[]>> = {};
  const splits: Partial<Record<SplitRole, SplitReport>> = {};
  for (const role of Object.keys(parts) as SplitRole[]) {
    const part = parts[role];
    if (!part) continue;
    const source = sourceOf(part, { classNames, normalisation }, data, pool, changed, decoder);
    const perClass = classNames.map(() => 0);
    for (const label of source.labels) perClass[label]!++;
    sources[role] = source;
    files[role] = part.images.map((image) => image.name);
    splits[role] = { folder: part.folder || '.', images: part.images.length, perClass };
  }
  const name = path.basename(path.resolve(folder)).replace(/\.zip$/i, '');
  const report = folderReport(name, { classNames, splits, passedOver: passedOver.list(), changed: [], remarks });
  if (!options.quiet && isUnusual(report)) console.log(report.text);
  const { train, test, validation } = sources as Record<SplitRole, ImageSource>;
  return {
    ...{ name, classNames, train, test, files, report },
    ...(validation ? { validation } : {}),
    changed: () => changed.list(),
    close: () => pool.close(),
  };
}

function sourceOf(
  { images }: ListedPart,
  { classNames, normalisation }: Pick<ImageSource, 'classNames' | 'normalisation'>,
  { pixels, size: [height, width] }: DecodeWorkerData,
  pool: WorkerPool<DecodeTask, DecodeResult>,
  changed: Tally,
  decoder: string | null,
): ImageSource {
  const labelOf = new Map(classNames.map((className, label) => [className, label]));
  const labels = Int32Array.from(images, ({ className }) => labelOf.get(className) ?? -1);
  const { channels } = pixels;
  const imageBytes = height * width * channels;
  const counted = new Uint8Array(images.length);
  const about = JSON.stringify([pixels, height, width, classNames, ...(decoder === null ? [] : [decoder])]);
  return {
    ...{ labels, classNames, imageShape: [height, width, channels], normalisation },
    digest: sha256Of(Buffer.from([about, ...images.map(({ name, className }) => `${className} ${name}`)].join('\n'))),
    async read(positions) {
      const chosen = Array.from(positions);
      const wrong = chosen.find((position) => !(position in images));
      if (wrong !== undefined) {
        throw new OptionError(`image position: expected a whole number from 0 to ${images.length - 1}, got ${wrong}.`);
      }
      const target = new SharedArrayBuffer(chosen.length * imageBytes);
      const tasks: Promise<void>[] = [];
      for (let start = 0; start < chosen.length; start += TASK_IMAGES) {
        const some = chosen.slice(start, start + TASK_IMAGES);
        const task = { files: some.map((i) => images[i]!.file), target, offset: start * imageBytes };
        tasks.push(pool.run(task).then((result) => note(result, some)));
      }
      await Promise.all(tasks);
      return new Uint8Array(target);
    },
  };

  function note({ changes, error }: DecodeResult, positions: readonly number[]): void {
    changes.forEach((list, i) => {
      if (counted[positions[i]!]!++ === 0) for (const change of list) changed.add(change, images[positions[i]!]!.name);
      counted[positions[i]!] = 1;
    });
    if (error) throw new (error.kind === 'DataError' ? DataError : OptionError)(error.message);
  }
}
