import path from 'node:path';
import { percent } from '../../../../lib/plot/figure/number-format.js';
import { beforeAfter } from '../../../../lib/plot/figures/classes/before-after.js';
import { simplify as simplifyFigure } from '../../../../lib/plot/figures/simplify/simplify.js';
import { beforeAfterTable } from '../../../../lib/plot/tables/report-frame.js';
import { simplifyTable } from '../../../../lib/plot/tables/result-tables.js';
import { runManifest } from '../../../../lib/run/manifest.js';
import type { CriterionId } from '../../../../lib/simplify/criteria/index.js';
import { simplify as makeSmaller } from '../../../../lib/simplify/simplify.js';
import { evaluate } from '../../../../lib/training/evaluate.js';
import { imagesToLearn, openModel } from '../../../results/opened-inputs.js';
import { figureSection, paragraphs, tableHtml } from '../../../results/report-page.js';
import { type Action, UsageError } from '../../run-command.js';
import type { simplifyEntry } from '../../table/methods.js';
import { aboutLine, openingSection } from './evaluate.js';
import { runMethod } from './run-method.js';
import { saveResultModel } from './saved-files.js';

/** modulab simplify */
export const simplify: Action<typeof simplifyEntry> = (given, interrupts) =>
  runMethod('simplify', given, interrupts, async (run) => {
    const { inputs, results, seed, onProgress, signal } = run;
    const { preset, keep, criterion, format } = given.values;
    const share = Number(keep);
    if (!(share > 0 && share < 1)) throw new UsageError(`--keep: expected a share between 0 and 1, got '${keep}'.`);
    const { images, loaded } = await imagesToLearn(run.images, await openModel(run.model, run.images, inputs), inputs);
    const { train, validation, test } = images;
    const result = await makeSmaller(
      loaded.model,
      { train, validation },
      {
        preset: preset as 'smoke' | 'laptop',
        stop: { kind: 'budget', of: 'macs', keep: share },
        ...(criterion !== undefined && { criterion: criterion as CriterionId }),
        ...{ seed, onProgress, signal, checkpoint: path.join(results.checkpoint, 'simplify') },
      },
    );
    const file = await saveResultModel(result.model, format, loaded, results);
    const before = await evaluate(loaded.model, test, { onProgress, signal, task: 'test the model' });
    const after = await evaluate(result.model, test, { onProgress, signal, task: 'test the smaller model' });
    const summary = [
      `The smaller model does ${percent(result.after.macs / result.before.macs)} of the multiply-adds of the whole one.`,
      `It is right on ${percent(after.accuracy)} of ${after.images} test images, the whole one on ${percent(before.accuracy)}.`,
      `It puts out logits: the highest wins; a softmax makes probabilities of them.`,
      ...loaded.remarks,
    ];
    return {
      title: `${loaded.name}, made smaller`,
      about: aboutLine(loaded, run.images, test),
      opening: paragraphs(summary),
      sections: [
        figureSection('Layer by layer', simplifyFigure(result)),
        { title: 'The layers', html: `<div class="beside">${tableHtml(simplifyTable(result))}</div>` },
        figureSection('Before and after', beforeAfter(before, after), [
          'On images that nothing was trained on or chosen by.',
        ]),
        openingSection({ loaded, images }),
      ],
      summary,
      tables: { layers: simplifyTable(result), classes: beforeAfterTable(before, after) },
      json: {
        kind: result.kind,
        model: file,
        ...{
          stages: result.stages,
          validation: { before: result.before, after: result.after },
          test: { before, after },
        },
        manifest: runManifest({
          task: 'simplify',
          seed,
          options: result.settings,
          data: { ...images.provenance, [loaded.source.path]: loaded.source.sha256 },
        }),
      },
    };
  });
