import { diagnose } from '../../../../lib/diagnose/diagnose.js';
import { ModelError } from '../../../../lib/errors.js';
import { asLogits } from '../../../../lib/models/as-logits.js';
import { percent } from '../../../../lib/plot/figure/number-format.js';
import { treat as treatFigure } from '../../../../lib/plot/figures/diagnosis/treat.js';
import { treatmentClassTable, treatmentTable } from '../../../../lib/plot/tables/treatment-tables.js';
import { treat as trainWithConstraints } from '../../../../lib/treat/treat.js';
import { summariseTreatment } from '../../../../lib/treat/treat-result.js';
import { imagesToLearn, openModel } from '../../../results/opened-inputs.js';
import { figureSection, paragraphs, tableHtml } from '../../../results/report-page.js';
import type { Action } from '../../run-command.js';
import type { treatEntry } from '../../table/methods.js';
import { aboutLine, openingSection } from './evaluate.js';
import { runMethod, wholeNumber } from './run-method.js';
import { saveResultModel } from './saved-files.js';

/** modulab treat */
export const treat: Action<typeof treatEntry> = (given, interrupts) =>
  runMethod('treat', given, interrupts, async (run) => {
    const { inputs, results, seed, onProgress, signal } = run;
    const count = wholeNumber('seeds', given.values.seeds, 1);
    const { images, loaded } = await imagesToLearn(run.images, await openModel(run.model, run.images, inputs), inputs);
    const { train, validation, test } = images;
    const logits = await asLogits(loaded.model);
    const { relevance, summary: reasons } = await diagnose(logits, train, { seed, onProgress, signal });
    const relevantKernels = relevance.at(-1);
    if (!relevantKernels) {
      throw new ModelError(
        `${loaded.name} cannot be treated: ${reasons.find((line) => line.startsWith('No gradients')) ?? ''}`,
      );
    }
    const treated = await trainWithConstraints(
      logits,
      { train, validation, test },
      {
        preset: given.values.preset as 'smoke' | 'laptop',
        // The constraint on places wants masks of the objects.
        ...{ beta: 0, constraints: ['channel'], relevantKernels },
        seeds: Array.from({ length: count }, (_, i) => seed + i),
        ...{ checkpoint: results.checkpoint, onProgress, signal },
      },
    );
    const file = await saveResultModel(treated.model, given.values.format, loaded, results);
    const arms = summariseTreatment(treated.result);
    const mean = (arm: string) => arms.find((one) => one.arm === arm)?.accuracy.mean ?? null;
    const summary = [
      `Before: right on ${percent(treated.result.base.report.accuracy)} of ${test.labels.length} test images.`,
      `Trained on with the constraint on ${relevantKernels.layer}: ${percent(mean('channel'))}; without it: ${percent(mean('control'))}` +
        (count === 1 ? ' (one seed: --seeds 3 says how much of that is chance).' : ` (means of ${count} seeds).`),
      'The treated model puts out logits: the highest wins; a softmax makes probabilities of them.',
      ...loaded.remarks,
    ];
    return {
      title: `${loaded.name}, treated`,
      about: aboutLine(loaded, run.images, test),
      opening: paragraphs(summary),
      sections: [
        figureSection('What the constraint is worth, beside the same training without it', treatFigure(treated)),
        { title: 'The arms', html: `<div class="beside">${tableHtml(treatmentTable(treated.result))}</div>` },
        {
          title: 'Class by class',
          html: `<div class="beside">${tableHtml(treatmentClassTable(treated.result))}</div>`,
        },
        openingSection({ loaded, images }),
      ],
      summary,
      tables: { arms: treatmentTable(treated.result), classes: treatmentClassTable(treated.result) },
      json: { ...treated.result, model: file, source: loaded.source },
    };
  });
