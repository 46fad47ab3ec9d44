import path from 'node:path';
import type { Diagnosis } from '../../../../lib/diagnose/diagnose.js';
import { diagnose as findWeaknesses } from '../../../../lib/diagnose/diagnose.js';
import type { DiagnosisPreset } from '../../../../lib/diagnose/settings.js';
import { classMetrics } from '../../../../lib/plot/figures/classes/class-metrics.js';
import { confusion } from '../../../../lib/plot/figures/classes/confusion.js';
import { classOverlap } from '../../../../lib/plot/figures/diagnosis/class-overlap.js';
import { kernelClassMap } from '../../../../lib/plot/figures/diagnosis/kernel-class-map.js';
import { reliability } from '../../../../lib/plot/figures/diagnosis/reliability.js';
import { diagnosisTable } from '../../../../lib/plot/tables/result-tables.js';
import { runManifest } from '../../../../lib/run/manifest.js';
import { classSection, headline, mistakesSection } from '../../../results/class-sections.js';
import { figureSection, paragraphs, type ReportSection } from '../../../results/report-page.js';
import { whereItLooks } from '../../../results/where-it-looks.js';
import type { Action } from '../../run-command.js';
import type { diagnoseEntry } from '../../table/methods.js';
import { aboutLine, confusionTable, imageTable, judge, type Judged, openingSection } from './evaluate.js';
import { runMethod } from './run-method.js';

/** modulab diagnose */
export const diagnose: Action<typeof diagnoseEntry> = (given, interrupts) =>
  runMethod('diagnose', given, interrupts, async (run) => {
    const judged = await judge(run);
    const { loaded, images, report } = judged;
    const found = await findWeaknesses(loaded.model, images.set, {
      preset: given.values.preset as DiagnosisPreset,
      seed: run.seed,
      checkpoint: path.join(run.results.checkpoint, 'diagnose.checkpoint'),
      onProgress: run.onProgress,
      signal: run.signal,
    });
    return {
      title: `How well does ${loaded.name} know its classes?`,
      about: aboutLine(loaded, run.images, images.set),
      opening: headline(report),
      sections: sectionsOf(judged, found, await whereItLooks(loaded.model, images.set, found, run.signal)),
      summary: [...found.summary, ...loaded.remarks],
      tables: { classes: diagnosisTable(found), confusion: confusionTable(report), images: imageTable(judged) },
      json: {
        ...plainDiagnosis(found),
        manifest: runManifest({
          task: 'diagnose',
          seed: run.seed,
          options: { ...found.settings, normalisation: loaded.normalisation },
          data: { ...images.provenance, [loaded.source.path]: loaded.source.sha256 },
        }),
      },
    };
  });

function sectionsOf(judged: Judged, found: Diagnosis, looks: ReportSection | null): ReportSection[] {
  const { report, images, guesses } = judged;
  const mistakes = mistakesSection(images.set, guesses, images.files);
  const sections = [classSection(report), ...(mistakes ? [mistakes] : [])];
  if (report.accuracy < 1) {
    sections.push(
      figureSection('What is taken for what', confusion(report), [
        'Each row is what the pictures show, each column what the model took them for. Off the diagonal are its mistakes.',
      ]),
    );
  }
  if (found.calibration) {
    sections.push(
      figureSection('Can you trust how sure it is?', reliability(found.calibration), [
        'On the line, it is right as often as it says. Below the line it is surer than it should be.',
      ]),
    );
  }
  if (looks) sections.push(looks);
  sections.push({ title: 'In the words of the method', html: paragraphs(found.summary) });
  const expert = [figureSection('Precision, recall and F1', classMetrics(report))];
  const last = found.relevance.at(-1);
  if (last) {
    expert.push(
      figureSection(`Kernels of ${last.layer} that classes share`, classOverlap(last.overlap), [
        'How many of the kernels that carry one class carry another as well. Classes that share many are easily confused.',
      ]),
    );
  }
  const map = found.kernelMaps.at(-1);
  if (map) expert.push(figureSection(`Which kernels of ${map.layer} answer to which class`, kernelClassMap(map)));
  return [...sections, ...expert, openingSection(judged)];
}

/** The diagnosis without the values of its maps, which are pictures. */
function plainDiagnosis({ heatMaps, kernelMaps, relevance, ...rest }: Diagnosis): object {
  return {
    ...rest,
    kernelMaps: kernelMaps.map(({ values, ...map }) => ({ ...map, values: Array.from(values) })),
    relevance: relevance.map((layer) => JSON.parse(JSON.stringify(layer, typedArrays)) as unknown),
    heatMaps: heatMaps.length,
  };
}

const typedArrays = (_: string, value: unknown): unknown =>
  ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
