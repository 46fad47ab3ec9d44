import type { SplitRole } from './layouts/split-name.js';
import type { Counted } from './tally.js';

/** Where the images of one part came from, and how many there are. */
export interface SplitReport {
  /** The folder, within the one that was asked for; '.' is that one itself. */
  readonly folder: string;
  readonly images: number;
  /** Images of every class, in the order of the class names. */
  readonly perClass: readonly number[];
}

/** What was read from a folder of images, what was left out, and what was changed. */
export interface FolderReport {
  readonly classNames: readonly string[];
  readonly splits: Partial<Readonly<Record<SplitRole, SplitReport>>>;
  /** Files and folders that were left out. */
  readonly passedOver: readonly Counted[];
  /** Images that are not as they were stored. */
  readonly changed: readonly Counted[];
  /** What one would not expect. */
  readonly remarks: readonly string[];
  /** All of it in one line. */
  readonly text: string;
}

/** What systems and programs leave behind, as the report calls it. */
export const SYSTEM_FILES = 'files that systems put there';

/** Whether a report says something that one would not expect. */
export const isUnusual = ({ passedOver, changed, remarks }: FolderReport): boolean =>
  changed.length + remarks.length > 0 || passedOver.some(({ what }) => what !== SYSTEM_FILES);

const SPLIT_WORDS: Readonly<Record<SplitRole, string>> = {
  train: 'to train on',
  validation: 'to validate on',
  test: 'to test on',
};

/** The report with its line. */
export function folderReport(name: string, facts: Omit<FolderReport, 'text'>): FolderReport {
  const { classNames, splits, passedOver, changed, remarks } = facts;
  const parts = Object.entries(splits).map(
    ([role, { images, folder }]) => `${images} images ${SPLIT_WORDS[role as SplitRole]} (${folder})`,
  );
  const lines = [
    `${name}: ${classNames.length} ${classNames.length === 1 ? 'class' : 'classes'}, ${parts.join(', ')}`,
    ...(changed.length > 0 ? [counted(changed)] : []),
    ...(passedOver.length > 0 ? [`passed over: ${counted(passedOver)}`] : []),
    ...remarks,
  ];
  return { ...facts, text: `${lines.join('; ')}.` };
}

/** What was counted, in words, with an example of each. */
export const counted = (list: readonly Counted[]): string =>
  list.map(({ what, count, example }) => `${what}: ${count} (${example}${count > 1 ? ', …' : ''})`).join(', ');
