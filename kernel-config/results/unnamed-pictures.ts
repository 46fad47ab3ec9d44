import fs from 'node:fs';
import path from 'node:path';
import type { ImageSet } from '../../lib/datasets/dataset.js';
import type { FileTree } from '../../lib/datasets/files/file-tree.js';
import { openTree } from '../../lib/datasets/files/open-tree.js';
import { counted } from '../../lib/datasets/folder/folder-report.js';
import { normalisationFor, pixelsFor } from '../../lib/datasets/folder/for-model.js';
import type { ImageFolderOptions } from '../../lib/datasets/folder/image-folder-options.js';
import { filesUnder, readableImages } from '../../lib/datasets/folder/list-images.js';
import { readImages } from '../../lib/datasets/folder/read-images.js';
import { Tally } from '../../lib/datasets/folder/tally.js';
import { DataError } from '../../lib/errors.js';
import type { InputOptions } from './opened-inputs.js';

/** Pictures that belong to no class. */
export interface UnnamedPictures {
  /** All labels are 0. */
  readonly set: ImageSet;
  readonly files: readonly string[];
  readonly remarks: readonly string[];
}

/**
 * All pictures of a folder or archive, however deep they lie, or a single one.
 * @throws DataError where there are none
 */
export async function picturesIn(
  where: string,
  options: Pick<ImageFolderOptions, 'model' | 'fit'> & Pick<InputOptions, 'onProgress' | 'signal'>,
): Promise<UnnamedPictures> {
  const single = fs.statSync(where, { throwIfNoEntry: false })?.isFile() === true && !isArchive(where);
  const tree = await openTree(single ? path.dirname(where) : where);
  try {
    const names = single ? [path.basename(where)] : await filesUnder(tree, '', '');
    const passedOver = new Tally();
    const list = names.map((name) => ({ file: name, name, className: '' }));
    const found = await readableImages(tree, list, '', passedOver);
    const left = passedOver.list();
    if (found.length === 0) throw nothingThere(tree, where, left.length > 0 ? ` (passed over: ${counted(left)})` : '');
    const pixels = pixelsFor(options);
    const changed = new Tally();
    const { set } = await readImages(tree, found, [''], pixels, changed, options);
    return {
      set: { ...set, normalisation: normalisationFor(options, pixels.channels) },
      files: found.map(({ name }) => name),
      remarks: [
        `${found.length} pictures.`,
        ...(changed.list().length > 0 ? [`Changed: ${counted(changed.list())}.`] : []),
        ...(left.length > 0 ? [`Passed over: ${counted(left)}.`] : []),
      ],
    };
  } finally {
    await tree.close();
  }
}

const nothingThere = (tree: FileTree, where: string, left: string): DataError =>
  new DataError(
    fs.existsSync(where)
      ? `${tree.path('')}: expected pictures, got none that can be read${left}.`
      : `${where}: expected a picture or a folder of pictures, there is nothing of that name.`,
  );

function isArchive(file: string): boolean {
  const handle = fs.openSync(file, 'r');
  try {
    const head = Buffer.alloc(2);
    fs.readSync(handle, head, 0, 2, 0);
    return head.toString('latin1') === 'PK';
  } finally {
    fs.closeSync(handle);
  }
}
