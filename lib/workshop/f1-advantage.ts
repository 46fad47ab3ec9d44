import { f1Of } from './class-scores.js';
import type { Part2Findings } from './part-2-session.js';

/** F1 points of a class by which the modules are ahead of the weak network. */
export const f1Advantage = ({ composedReport, weakReport }: Part2Findings, name: string): number =>
  (f1Of(composedReport, name) ?? 0) - (f1Of(weakReport, name) ?? 0);
