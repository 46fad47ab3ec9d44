import type { FitResult } from '../../../training/fit.js';
import type { Figure } from '../../figure/figure.js';
import type { FigureOptions } from '../../figure/theme.js';
import { trainingCurve } from './training-curve.js';

/**
 * A training: its curve, see {@link trainingCurve}.
 * @throws OptionError when no epoch was trained
 */
export function fit(result: Pick<FitResult, 'history'>, options: FigureOptions = {}): Figure {
  return trainingCurve(result.history, options);
}
