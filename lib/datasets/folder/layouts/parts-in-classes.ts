import { type FileTree, joined } from '../../files/file-tree.js';
import { hasImageName } from '../../images/image-format.js';
import { filesUnder, type ListedImage, readableImages } from '../list-images.js';
import type { Layout, Part } from './layout.js';
import { type SplitRole, splitRole } from './split-name.js';

/** Folders of classes with a folder for each part within: `cat/train`, `cat/test`, `dog/train`. */
export const partsInClasses: Layout = {
  async find(tree, { classDepth }, passedOver) {
    const root = await outermost(tree);
    const { folders } = await tree.entries(root);
    if (classDepth !== 1 || folders.length < 2) return null;
    const found = new Map<SplitRole, Map<string, ListedImage[]>>();
    for (const className of folders) {
      const { folders: inner, files } = await tree.entries(joined(root, className));
      const roles = inner.map((name) => splitRole(name));
      const own = roles.map((role) => role?.role);
      const isSplit = roles.every((role) => role?.rest === '') && new Set(own).size === own.length && own.length > 1;
      if (!isSplit || files.some(hasImageName)) return null;
      for (const [i, name] of inner.entries()) {
        const role = own[i]!;
        const within = joined(className, name);
        const names = await filesUnder(tree, root, within);
        const listed = names.map((file) => ({ file: joined(root, file), name: file, className }));
        const classes = found.get(role) ?? new Map(folders.map((one) => [one, []]));
        classes.set(className, await readableImages(tree, listed, root, passedOver));
        found.set(role, classes);
      }
    }
    const parts: Partial<Record<SplitRole, Part>> = {};
    for (const [role, classes] of found) parts[role] = { folder: root, classes };
    return { parts, remarks: ['the parts lie within the folders of the classes'] };
  },
};

/** The innermost folder that others only wrap. */
async function outermost(tree: FileTree): Promise<string> {
  let root = '';
  for (let depth = 0; depth < 8; depth++) {
    const { folders, files } = await tree.entries(root);
    const [only, ...others] = folders;
    if (only === undefined || others.length > 0 || files.some(hasImageName)) break;
    root = joined(root, only);
  }
  return root;
}
