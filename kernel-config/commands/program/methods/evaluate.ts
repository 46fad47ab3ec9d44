import type { ImageSet } from '../../../../lib/datasets/dataset.js';
import { type ClassReport, classReport } from '../../../../lib/metrics/class-report.js';
import { guesses } from '../../../../lib/metrics/guesses.js';
import type { Guess } from '../../../../lib/metrics/reliability.js';
import { outputKind } from '../../../../lib/models/output-kind.js';
import { percent } from '../../../../lib/plot/figure/number-format.js';
import { classMetrics } from '../../../../lib/plot/figures/classes/class-metrics.js';
import { confusion } from '../../../../lib/plot/figures/classes/confusion.js';
import { reportTable } from '../../../../lib/plot/tables/report-frame.js';
import { Table } from '../../../../lib/plot/tables/table.js';
import { runManifest } from '../../../../lib/run/manifest.js';
import { predictScores } from '../../../../lib/training/evaluate.js';
import { classSection, headline, mistakesSection, weakestOf } from '../../../results/class-sections.js';
import { imagesToJudge, type OpenedImages, type OpenedModel, openModel } from '../../../results/opened-inputs.js';
import { figureSection, paragraphs, type ReportSection } from '../../../results/report-page.js';
import type { Action } from '../../run-command.js';
import type { evaluateEntry } from '../../table/methods.js';
import { type MethodRun, runMethod } from './run-method.js';

/** What a model says of images, and what to say about it. */
export interface Judged {
  readonly loaded: OpenedModel;
  readonly images: OpenedImages;
  readonly guesses: readonly Guess[];
  readonly report: ClassReport;
}

/** Opens model and images, and lets it judge them. */
export async function judge({ model, images: where, inputs, onProgress, signal }: MethodRun): Promise<Judged> {
  const opened = await openModel(model, where, inputs);
  const { images, loaded } = await imagesToJudge(where, opened, inputs);
  const { set } = images;
  const { scores, classes } = await predictScores(loaded.model, set, {
    onProgress,
    signal,
    task: 'look at the images',
  });
  const found = guesses(scores, set.labels, classes, outputKind(loaded.model));
  const predicted = found.map((guess) => guess.predicted);
  return { loaded, images, guesses: found, report: classReport(set.labels, predicted, set.classNames) };
}

/** Every image: what it is, what it is taken for, how sure. */
export function imageTable({ images: { set, files }, guesses: found }: Judged): Table {
  const name = (label: number) => set.classNames[label] ?? null;
  return new Table(
    ['image', 'class', 'taken for', 'sure (%)', 'right'],
    found.map(({ label, predicted, confidence }, i) => [
      files?.[i] ?? String(i),
      name(label),
      name(predicted),
      Number((100 * confidence).toFixed(2)),
      label === predicted ? 'yes' : 'no',
    ]),
  );
}

/** Row = true class, column = predicted class, in images. */
export const confusionTable = ({ classNames, confusion: counts }: ClassReport): Table =>
  new Table(
    ['true class', ...classNames],
    counts.map((row, c) => [classNames[c] ?? null, ...row]),
  );

/** How the model was opened and what images these are: what one wants to know when a result surprises. */
export function openingSection({
  loaded,
  images,
}: Pick<Judged, 'loaded'> & { images: Pick<OpenedImages, 'remarks'> }): ReportSection {
  return {
    title: 'How it was made',
    html: paragraphs([...images.remarks, ...loaded.remarks, ...loaded.report.summary]),
  };
}

export const aboutLine = (loaded: OpenedModel, where: string, set: ImageSet): string =>
  `Model ${loaded.name}; ${set.labels.length} pictures of ${where}; ${new Date().toISOString().slice(0, 10)}`;

/** What is said in the terminal of how good a model is. */
export function scoreLines({ accuracy, images, ...report }: ClassReport): string[] {
  const weakest = weakestOf({ accuracy, images, ...report });
  const lines = [`Right on ${percent(accuracy)} of ${images} images.`];
  if (weakest && accuracy < 1) lines.push(`Weakest class: ${weakest.className}, F1 ${percent(weakest.f1)}.`);
  return lines;
}

/** modulab evaluate */
export const evaluate: Action<typeof evaluateEntry> = (given, interrupts) =>
  runMethod('evaluate', given, interrupts, async (run) => {
    const judged = await judge(run);
    const { loaded, images, report } = judged;
    const mistakes = mistakesSection(images.set, judged.guesses, images.files);
    return {
      title: `How good is ${loaded.name}?`,
      about: aboutLine(loaded, run.images, images.set),
      opening: headline(report),
      sections: [
        classSection(report),
        ...(mistakes ? [mistakes] : []),
        figureSection('What is taken for what', confusion(report)),
        figureSection('Precision, recall and F1', classMetrics(report)),
        openingSection(judged),
      ],
      summary: [...scoreLines(report), ...loaded.remarks],
      tables: { classes: reportTable(report), confusion: confusionTable(report), images: imageTable(judged) },
      json: {
        report,
        manifest: runManifest({
          task: 'evaluate',
          seed: run.seed,
          options: { normalisation: loaded.normalisation },
          data: { ...images.provenance, [loaded.source.path]: loaded.source.sha256 },
        }),
      },
    };
  });
