import { type FileTree, joined } from '../../files/file-tree.js';

/** The root of a tree, or the folder that is the only one in it, whichever has a file of this name; null where none has. */
export async function rootWith(tree: FileTree, file: string): Promise<string | null> {
  const { files, folders } = await tree.entries('');
  if (files.includes(file)) return '';
  const [only, ...others] = folders;
  if (only === undefined || others.length > 0) return null;
  const inner = joined('', only);
  return (await tree.entries(inner)).files.includes(file) ? inner : null;
}
