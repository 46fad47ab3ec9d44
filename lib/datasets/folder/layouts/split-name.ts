/** What a part of a data set is for. */
export type SplitRole = 'train' | 'validation' | 'test';

const ROLES: Readonly<Record<string, SplitRole>> = {
  train: 'train',
  training: 'train',
  trn: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  validate: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  tst: 'test',
};

/** Words that say nothing on what a folder is for. */
const PLAIN_WORDS = new Set([
  'data',
  'dataset',
  'set',
  'images',
  'image',
  'imgs',
  'img',
  'pictures',
  'photos',
  'split',
  'files',
]);

/** Whether a folder's name says no more than that there are images in it. */
export function isPlainName(name: string): boolean {
  const words = wordsOf(name);
  return words.length > 0 && words.every((word) => PLAIN_WORDS.has(word));
}

/**
 * What a folder's name says about its images: 'Test', 'valid', 'training_set', 'trainset' and 'seg_train' have a role.
 * @returns the role and the words besides it ('seg'), or null
 */
export function splitRole(name: string): { role: SplitRole; rest: string } | null {
  const words = wordsOf(name).map((word) => word.replace(/(?<=^(?:train|test|val|dev).*)(?:data)?(?:set|images)$/, ''));
  const [only, ...others] = words.filter((word) => Object.hasOwn(ROLES, word));
  const role = ROLES[only ?? ''];
  if (role === undefined || others.length > 0) return null;
  return {
    role,
    rest: words.filter((word) => word !== only && !PLAIN_WORDS.has(word)).join(' '),
  };
}

const wordsOf = (name: string): string[] =>
  name
    .replace(/(\p{Ll})(?=\p{Lu})/gu, '$1 ')
    .toLowerCase()
    .match(/\p{L}+/gu) ?? [];
