import type { Diagnosis } from '../../../diagnose/diagnose.js';
import type { Figure } from '../../figure/figure.js';
import { classMetrics, type ClassMetricsOptions } from '../classes/class-metrics.js';

/** A diagnosis: the metrics of every class, the weakest marked, see {@link classMetrics}. Its parts have figures of their own. */
export function diagnose({ report }: Pick<Diagnosis, 'report'>, options: ClassMetricsOptions = {}): Figure {
  return classMetrics(report, options);
}
