import { open, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../../errors.js';
import { readDataFile } from './data-file.js';
import { type FileTree, isSystemName, joined } from './file-tree.js';

/** The files in a folder of the file system; links are followed. */
export function folderTree(root: string): FileTree {
  const system = new Set<string>();
  const lost = new Set<string>();
  const pathOf = (within: string): string => (within === '' ? root : path.join(root, ...within.split('/')));
  return {
    path: pathOf,
    read: (file) => readDataFile(pathOf(file)),
    identity: (folder) => realpath(pathOf(folder)),
    close: () => Promise.resolve(),
    systemFiles: () => [...system],
    lostFiles: () => [...lost],
    async entries(within) {
      const folder = pathOf(within);
      let entries;
      try {
        entries = await readdir(folder, { withFileTypes: true });
      } catch (cause) {
        const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
        throw new DataError(
          `${folder}: expected a folder of images, got ${missing ? 'no such folder' : (cause as Error).message}. Lay the ` +
            'images out as train/<class>/*.png and test/<class>/*.png.',
          { cause },
        );
      }
      const folders: string[] = [];
      const files: string[] = [];
      for (const entry of entries) {
        const { name } = entry;
        if (isSystemName(name)) {
          system.add(joined(within, name));
          continue;
        }
        // A link that leads nowhere is no file and no folder.
        const kind = entry.isSymbolicLink() ? await stat(path.join(folder, name)).catch(() => null) : entry;
        if (kind?.isDirectory()) folders.push(name);
        else if (kind?.isFile()) files.push(name);
        else lost.add(joined(within, name));
      }
      return { folders: folders.sort(), files: files.sort() };
    },
    async head(within, bytes) {
      const file = pathOf(within);
      let handle;
      try {
        handle = await open(file);
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
        return buffer.subarray(0, bytesRead);
      } catch (cause) {
        throw new DataError(`${file}: cannot be read (${(cause as Error).message}). Check its permissions.`, { cause });
      } finally {
        await handle?.close();
      }
    },
  };
}
