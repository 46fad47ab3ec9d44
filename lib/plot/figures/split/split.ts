import type { CnnSplitResult } from '../../../split/cnnsplitter/cnnsplitter.js';
import type { GradSplitResult } from '../../../split/gradsplitter/gradsplitter.js';
import type { SplitResult } from '../../../split/split-result.js';
import type { Figure } from '../../figure/figure.js';
import type { FigureOptions } from '../../figure/theme.js';
import { keptOfModules } from './kept-of-modules.js';
import { maskCurve } from './mask-curve.js';
import { searchCurve } from './search-curve.js';

type Course<Result> = (result: Result, options: FigureOptions) => Figure | null;

/** Splits that have a course, by their kind; null where this one had none. */
const COURSES: Readonly<Record<string, Course<never>>> = {
  cnnSplitResult: (({ history }, options) =>
    history.length > 0 ? searchCurve(history, options) : null) satisfies Course<CnnSplitResult>,
  gradSplitResult: (({ history, epoch }, options) =>
    maskCurve(history, { ...options, epoch })) satisfies Course<GradSplitResult>,
};

/**
 * What a split shows: how its search or its masks went, and where there is no such course, what its modules keep.
 * @example
 * const result = await split(strong, validation, { preset: 'smoke', generations: 0, keep: 0.5, seed: 1 });
 * plot.split(result).show();
 */
export function split(result: Pick<SplitResult, 'kind' | 'modules'>, options: FigureOptions = {}): Figure {
  const course = Object.hasOwn(COURSES, result.kind) ? COURSES[result.kind] : undefined;
  return course?.(result as never, options) ?? keptOfModules(result.modules, options);
}
