import { DataError, OptionError } from '../../errors.js';
import type { Normalisation } from '../dataset.js';
import { usualNormalisation } from '../images/grey.js';
import type { ImageFolderOptions } from './image-folder-options.js';
import type { PixelOptions } from './read-picture.js';

/** Size and channels as the options say, or else the model. @throws OptionError when the model takes other channels than pictures have */
export function pixelsFor({ size, channels, fit = 'squash', model }: ImageFolderOptions): PixelOptions {
  const [height = null, width = null, depth = 1] = model?.report.imageShape ?? [null, null, 3];
  const own = height !== null && width !== null ? ([height, width] as const) : null;
  const wanted = channels ?? depth;
  if (wanted !== 1 && wanted !== 3) {
    throw new OptionError(
      `imageFolder: the model takes ${wanted ?? 'any number of'} channels, pictures have 1 or 3. Read its images with imageArrays().`,
    );
  }
  return { size: typeof size === 'number' ? [size, size] : (size ?? own), channels: wanted, fit };
}

/** The range of values that the model takes, or the usual one. */
export const normalisationFor = ({ model }: ImageFolderOptions, channels: 1 | 3): Normalisation =>
  model?.normalisation ?? usualNormalisation(channels);

const alike = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');

/**
 * A folder's classes in the order of the model's outputs; capitals, underscores and spaces make no difference.
 * @param source the folder, for messages
 * @throws DataError when they are not the same classes
 */
export function inOrderOf(names: readonly string[], found: readonly string[], source: string): readonly string[] {
  const byName = new Map(found.map((name) => [alike(name), name]));
  const ordered = names.map((name) => (found.includes(name) ? name : byName.get(alike(name))));
  const missing = names.filter((_, i) => ordered[i] === undefined);
  const others = found.filter((name) => !ordered.includes(name));
  if (missing.length === 0 && others.length === 0 && new Set(ordered).size === names.length) return ordered as string[];
  const list = (items: readonly string[]) => `${items.slice(0, 8).join(', ')}${items.length > 8 ? ', …' : ''}`;
  throw new DataError(
    `${source}: expected the model's classes (${list(names)}), got ${list(found)}. Rename the folders, or name those that stand for ` +
      `the model's outputs, in their order: { classes: ${JSON.stringify(found.slice(0, 4))} }.`,
  );
}
