import type { SplitRole } from '../folder/layouts/split-name.js';

/** The arrays of one part of a set, by their names in the file. */
export interface NamedPart {
  readonly images: string;
  readonly labels: string;
}

const ROLES: readonly (readonly [SplitRole, RegExp])[] = [
  ['train', /^(x_?)?(train|training|trn)$/],
  ['validation', /^(x_?)?(val|valid|validation|dev)$/],
  ['test', /^(x_?)?(test|testing|tst)$/],
];
const IMAGE_WORDS = /^(x|images?|imgs?|data|pixels|pictures|samples|features)$/;
const LABEL_WORDS = /^(y|labels?|targets?|classes|class)$/;

/** `x_train`, `train_images`, `trainY`: which part, and images or labels; null for other names. */
function meaning(name: string): { role: SplitRole | null; what: 'images' | 'labels' } | null {
  const words = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase().split(/[\s_.-]+/).filter(Boolean); // prettier-ignore
  let role: SplitRole | null = null;
  let what: 'images' | 'labels' | null = null;
  for (const word of words) {
    const found = ROLES.find(([, pattern]) => pattern.test(word))?.[0];
    if (found && !role) role = found;
    else if (IMAGE_WORDS.test(word) && !what) what = 'images';
    else if (LABEL_WORDS.test(word) && !what) what = 'labels';
    else if (!/^(set|arr|array|np)$/.test(word)) return null;
  }
  return what && { role, what };
}

/**
 * Which arrays are the images and labels of which part, by the names that people give them; arrays without names (`arr_0`, …)
 * are images and labels by turns, first to train, then to test.
 * @returns parts by role, 'all' for those that nobody has split; null where the names do not say it
 */
export function namedParts(names: readonly string[]): Partial<Record<SplitRole | 'all', NamedPart>> | null {
  const plain = ['arr_0', 'arr_1', 'arr_2', 'arr_3'];
  if (names.length > 0 && names.every((name) => plain.includes(name))) {
    if (names.length === 2) return { all: { images: 'arr_0', labels: 'arr_1' } };
    if (names.length === 4)
      return { train: { images: 'arr_0', labels: 'arr_1' }, test: { images: 'arr_2', labels: 'arr_3' } };
    return null;
  }
  const found: Partial<Record<SplitRole | 'all', { images?: string; labels?: string }>> = {};
  for (const name of names) {
    const means = meaning(name);
    if (!means) continue;
    const part = (found[means.role ?? 'all'] ??= {});
    if (part[means.what] !== undefined) return null;
    part[means.what] = name;
  }
  const parts: Partial<Record<SplitRole | 'all', NamedPart>> = {};
  for (const [role, { images, labels }] of Object.entries(found)) {
    if (images !== undefined && labels !== undefined) parts[role as SplitRole] = { images, labels };
  }
  return parts.train || parts.all ? parts : null;
}
