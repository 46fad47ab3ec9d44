import fs from 'node:fs';
import path from 'node:path';
import { adaptImages } from '../../../../lib/datasets/adapt-images.js';
import type { Normalisation } from '../../../../lib/datasets/dataset.js';
import { patch as replaceScore } from '../../../../lib/patch/patch.js';
import { percent } from '../../../../lib/plot/figure/number-format.js';
import { beforeAfter } from '../../../../lib/plot/figures/classes/before-after.js';
import { confusion } from '../../../../lib/plot/figures/classes/confusion.js';
import { beforeAfterTable } from '../../../../lib/plot/tables/report-frame.js';
import { runManifest } from '../../../../lib/run/manifest.js';
import { loadModule } from '../../../../lib/surgery/modules/module-file.js';
import { evaluate } from '../../../../lib/training/evaluate.js';
import { imagesToLearn, openModel } from '../../../results/opened-inputs.js';
import { figureSection, paragraphs } from '../../../results/report-page.js';
import { type Action, UsageError } from '../../run-command.js';
import type { patchEntry } from '../../table/methods.js';
import { aboutLine, openingSection } from './evaluate.js';
import { runMethod } from './run-method.js';

/** modulab patch */
export const patch: Action<typeof patchEntry> = (given, interrupts) =>
  runMethod('patch', given, interrupts, async (run) => {
    const { inputs, seed, onProgress, signal } = run;
    const { module: folder, class: targetClass, calibration } = given.values;
    if (folder === undefined) throw new UsageError('Expected --module FOLDER, a module as modulab split writes it.');
    const module = await loadModule(folder);
    const { images, loaded } = await imagesToLearn(run.images, await openModel(run.model, run.images, inputs), inputs);
    const { validation, test } = images;
    const classNames = loaded.classNames ?? test.classNames;
    const own = normalisationOfModule(folder);
    const weak = loaded.normalisation ?? validation.normalisation;
    const normalisations = own && JSON.stringify(own) !== JSON.stringify(weak) ? { weak, module: own } : undefined;
    const patched = await replaceScore(loaded.model, module, {
      ...{
        classNames,
        calibrationImages: adaptImages(validation, {
          imageShape: module.inputShape,
          normalisation: validation.normalisation,
        }),
      },
      ...(normalisations && { normalisations }),
      ...{ targetClass, calibration: calibration as 'minMax' | 'learned', onProgress, signal },
    });
    const before = await evaluate(loaded.model, test, { onProgress, signal, task: 'test the model' });
    const after = await evaluate(patched, test, { onProgress, signal, task: 'test the patched model' });
    const target = patched.targetClass;
    const score = (report: typeof before) => report.perClass.find(({ className }) => className === target)?.f1 ?? null;
    const summary = [
      `F1 of ${target}: ${percent(score(before))} before, ${percent(score(after))} patched.`,
      `All classes: right on ${percent(before.accuracy)} of ${before.images} test images before, ${percent(after.accuracy)} patched.`,
      ...loaded.remarks,
    ];
    return {
      title: `${loaded.name}, patched for ${target}`,
      about: aboutLine(loaded, run.images, test),
      opening: paragraphs(summary),
      sections: [
        figureSection('Before and after', beforeAfter(before, after, { targetClass: target }), [
          'On images that the patch was not fitted on. A patch can cost recall of its class, or accuracy on others.',
        ]),
        figureSection('What is taken for what, patched', confusion(after)),
        openingSection({ loaded, images }),
      ],
      summary,
      tables: { classes: beforeAfterTable(before, after) },
      json: {
        ...{ targetClass: target, calibration: patched.calibration, module: folder, before, after },
        manifest: runManifest({
          task: 'patch',
          seed,
          options: { module: folder, targetClass: target, calibration },
          data: { ...images.provenance, [loaded.source.path]: loaded.source.sha256 },
        }),
      },
    };
  });

/** How images are normalised for a module, as `modulab split` has noted it beside the folder of modules; undefined where it is not there. */
function normalisationOfModule(folder: string): Normalisation | undefined {
  const file = path.join(path.resolve(folder), '..', '..', 'result.json');
  if (!fs.existsSync(file)) return undefined;
  const { normalisation } = JSON.parse(fs.readFileSync(file, 'utf8')) as { normalisation?: Normalisation };
  return Array.isArray(normalisation?.mean) && Array.isArray(normalisation.std) ? normalisation : undefined;
}
