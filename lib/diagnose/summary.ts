import type { ClassReport } from '../metrics/class-report.js';
import type { CalibrationReport } from '../metrics/reliability.js';
import { shortened } from '../printable.js';
import type { Confusion } from './confusions.js';
import type { LayerRelevance } from './layer-relevance.js';

const percent = (value: number | null) => (value === null ? 'undefined' : `${(100 * value).toFixed(1)} %`);

/** What the scores say: how good, which class is weakest, what it is taken for. */
export function reportSentences(report: ClassReport, weakest: string, confusions: readonly Confusion[]): string[] {
  const row = report.perClass.find(({ className }) => className === weakest)!;
  const name = shortened(weakest);
  const lines = [
    `Accuracy ${percent(report.accuracy)} on ${report.images} images.`,
    `Weakest class: ${name} (precision ${percent(row.precision)}, recall ${percent(row.recall)}, F1 ${percent(row.f1)}).`,
  ];
  const lost = confusions.find(({ actual }) => actual === weakest);
  if (lost) lines.push(`${percent(lost.share)} of the images of ${name} are taken for ${shortened(lost.predicted)}.`);
  const gained = confusions.filter(({ predicted }) => predicted === weakest).sort((a, b) => b.images - a.images)[0];
  if (gained)
    lines.push(`${percent(gained.share)} of the images of ${shortened(gained.actual)} are taken for ${name}.`);
  return lines;
}

/** Whether the classifier promises more than it keeps. */
export function calibrationSentence(calibration: CalibrationReport, accuracy: number): string {
  const confidence =
    calibration.bins.reduce((sum, bin) => sum + bin.images * (bin.confidence ?? 0), 0) / calibration.images;
  const verdict = confidence > accuracy ? 'more sure than right' : 'more right than sure';
  return `On average it is ${percent(confidence)} sure of its answers, ${verdict}; expected calibration error ${percent(calibration.ece)}.`;
}

/** Which kernels of a layer carry the weakest class, and how many of them carry the classes it is confused with too. */
export function relevanceSentences(
  relevance: LayerRelevance,
  weakest: string,
  confusions: readonly Confusion[],
): string[] {
  const { kernels, classNames, counts, overlap } = relevance;
  const layer = shortened(relevance.layer);
  const own = classNames.indexOf(weakest);
  if (counts[own] === 0) return [`No kernel of ${layer} was found to carry ${shortened(weakest)}.`];
  const partners = [
    confusions.find(({ actual }) => actual === weakest)?.predicted,
    confusions.filter(({ predicted }) => predicted === weakest).sort((a, b) => b.images - a.images)[0]?.actual,
  ];
  const both = [...new Set(partners)].flatMap((name) =>
    name === undefined ? [] : [`${overlap.shared[own][classNames.indexOf(name)]} of them ${shortened(name)} too`],
  );
  const sentence = `${counts[own]} of ${kernels} kernels of ${layer} carry ${shortened(weakest)}`;
  const found = counts.filter((count) => count > 0);
  const mean = found.reduce((a, b) => a + b, 0) / found.length;
  return [
    `${[sentence, ...both].join('; ')}.`,
    `A class is carried by ${mean.toFixed(1)} of ${kernels} kernels of ${layer} on average.`,
  ];
}
