import { type ClassReport, classReport } from '../../metrics/class-report.js';
import { seedStream } from '../../run/mt19937.js';

export const CIFAR10_NAMES = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

export { HOSTILE_NAMES } from '../../run/hostile-names.fixture.js';

/** A report of made-up predictions: right with probability `accuracy`, else one class on; `weak` is right half as often. */
export function exampleReport(names: readonly string[], accuracy: number, seed: number, weak = -1): ClassReport {
  const random = seedStream(seed, 'example report');
  const labels = Array.from({ length: names.length * 40 }, (_, i) => i % names.length);
  const predictions = labels.map((label) =>
    random.nextDouble() < (label === weak ? accuracy / 2 : accuracy) ? label : (label + 1) % names.length,
  );
  return classReport(labels, predictions, names);
}
