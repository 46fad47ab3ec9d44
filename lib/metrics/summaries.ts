import { OptionError } from '../errors.js';
import type { ClassReport } from './class-report.js';

/** Position of a class in a list of class names. @throws OptionError when it is not there */
export function classIndexOf(classNames: readonly string[], name: string): number {
  const index = classNames.indexOf(name);
  if (index < 0) {
    const shown = classNames.length > 20 ? [...classNames.slice(0, 20), '…'] : classNames;
    throw new OptionError(`Class '${name}' is not there: expected one of ${shown.join(', ')}.`);
  }
  return index;
}

/**
 * Accuracy on the images of all classes but the target class, the model unchanged: the target class's slot can
 * still win (spec cnnsplitter §3.4). Null when there are no other images.
 * @example
 * const before = await evaluate(weak, test);
 * console.log(nonTargetAccuracy(before, 'circle')); // what a patch of 'circle' may cost
 */
export function nonTargetAccuracy(report: ClassReport, targetClass: string): number | null {
  const target = classIndexOf(report.classNames, targetClass);
  let hits = 0;
  let images = 0;
  report.perClass.forEach(({ support }, c) => {
    if (c === target) return;
    hits += report.confusion[c][c];
    images += support;
  });
  return images === 0 ? null : hits / images;
}

/**
 * Mean recall over the classes that have images.
 * @throws OptionError for a report without any
 * @example
 * console.log(balancedAccuracy(await evaluate(strong, test)));
 */
export function balancedAccuracy(report: ClassReport): number {
  const { perClass } = (report as Partial<ClassReport> | undefined) ?? {};
  if (!perClass?.some(({ recall }) => recall !== null)) {
    throw new OptionError(
      'balancedAccuracy: expected a report of at least one image, such as evaluate gives, got none.',
    );
  }
  const recalls = report.perClass.flatMap(({ recall }) => (recall === null ? [] : [recall]));
  return recalls.reduce((a, b) => a + b, 0) / recalls.length;
}

/**
 * Cohen's κ: agreement with the true classes beyond that of a guesser with the same share of every class; 1 is perfect,
 * 0 is chance. 0 where one class is all there is and all that is predicted.
 */
export function cohensKappa(report: ClassReport): number {
  const byChance =
    report.perClass.reduce((sum, { support, predicted }) => sum + support * predicted, 0) / report.images ** 2;
  return byChance === 1 ? 0 : (report.accuracy - byChance) / (1 - byChance);
}

/** Name of the class with the lowest F1 (the first of equals; classes without images and predictions do not count). */
export function weakestClass(report: ClassReport): string {
  const ranked = report.perClass
    .filter((row): row is typeof row & { f1: number } => row.f1 !== null)
    .sort((a, b) => a.f1 - b.f1);
  return ranked[0].className;
}
