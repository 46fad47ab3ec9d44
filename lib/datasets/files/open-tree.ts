import { open, stat } from 'node:fs/promises';
import { DataError } from '../../errors.js';
import { hex } from './data-file.js';
import type { FileTree } from './file-tree.js';
import { folderTree } from './folder-tree.js';
import { zipTree } from './zip-tree.js';

/**
 * Opens a folder, or an archive of one, which the first bytes tell.
 * @throws DataError when it is neither, or a damaged archive
 */
export async function openTree(path: string): Promise<FileTree> {
  const kind = await stat(path).catch(() => null);
  if (!kind?.isFile()) return folderTree(path); // one that is not there is said so by whoever looks into it
  const handle = await open(path);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0).finally(() => handle.close());
  const head = buffer.subarray(0, bytesRead);
  if (head.toString('latin1', 0, 2) === 'PK') return zipTree(path);
  throw new DataError(
    `${path}: expected a folder of images or a ZIP archive of one (first bytes 50 4b), got a file that begins with ` +
      `${hex(head) || 'nothing'}. Unpack it first.`,
  );
}
