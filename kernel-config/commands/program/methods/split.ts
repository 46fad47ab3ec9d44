import path from 'node:path';
import { composeModules } from '../../../../lib/compose/composed-model.js';
import { asLogits } from '../../../../lib/models/as-logits.js';
import { percent } from '../../../../lib/plot/figure/number-format.js';
import { beforeAfter } from '../../../../lib/plot/figures/classes/before-after.js';
import { split as splitFigure } from '../../../../lib/plot/figures/split/split.js';
import { beforeAfterTable } from '../../../../lib/plot/tables/report-frame.js';
import { splitTable } from '../../../../lib/plot/tables/result-tables.js';
import { runManifest } from '../../../../lib/run/manifest.js';
import { split as takeApart } from '../../../../lib/split/split.js';
import type { SplitResult } from '../../../../lib/split/split-result.js';
import type { SplitMethod } from '../../../../lib/split/splitters.js';
import { saveModule } from '../../../../lib/surgery/modules/module-file.js';
import { evaluate } from '../../../../lib/training/evaluate.js';
import { imagesToLearn, openModel } from '../../../results/opened-inputs.js';
import { figureSection, paragraphs, tableHtml } from '../../../results/report-page.js';
import type { Action } from '../../run-command.js';
import type { splitEntry } from '../../table/methods.js';
import { aboutLine, openingSection } from './evaluate.js';
import { runMethod } from './run-method.js';
import { fileName, filesIn } from './saved-files.js';

/** modulab split */
export const split: Action<typeof splitEntry> = (given, interrupts) =>
  runMethod('split', given, interrupts, async (run) => {
    const { inputs, results, seed, onProgress, signal } = run;
    const method = given.values.method as SplitMethod;
    const { images, loaded } = await imagesToLearn(run.images, await openModel(run.model, run.images, inputs), inputs);
    const { train, validation, test } = images;
    const checkpoint = path.join(results.checkpoint, 'split');
    const common = { preset: given.values.preset as never, seed, checkpoint, onProgress, signal };
    const whole = method === 'decompose' ? await asLogits(loaded.model) : loaded.model;
    const result: SplitResult =
      method === 'gradsplitter'
        ? await takeApart(whole, { train, validation }, { method, ...common, heldOutImages: test })
        : method === 'decompose'
          ? await takeApart(whole, train, { method, checkpoint, onProgress, signal })
          : await takeApart(whole, validation, { method, ...common, heldOutImages: test });
    for (const [name, module] of Object.entries(result.modules)) {
      await saveModule(module, results.place(path.join('modules', fileName(name))), { overwrite: true });
    }
    results.note(...filesIn(results.path, 'modules'));
    const before = await evaluate(loaded.model, test, { onProgress, signal, task: 'test the whole model' });
    const composed = composeModules(result.modules);
    const after = await evaluate(composed, test, { onProgress, signal, task: 'test the modules together' });
    composed.dispose();
    const modules = Object.keys(result.modules).length;
    const summary = [
      `${modules} modules keep ${percent(result.keptRatio)} of what the model is made of.`,
      `Together they are right on ${percent(after.accuracy)} of ${after.images} test images, the whole model on ${percent(before.accuracy)}.`,
      ...result.notes,
      ...loaded.remarks,
    ];
    return {
      title: `${loaded.name}, taken apart`,
      about: aboutLine(loaded, run.images, test),
      opening: paragraphs(summary),
      sections: [
        {
          title: 'The modules',
          html: `<p>Each is a network of its own that tells one class from all others; modules/ holds a folder for each.</p><div class="beside">${tableHtml(splitTable(result))}</div>`,
        },
        figureSection('How they came about', splitFigure(result)),
        figureSection('The whole model, and its modules together', beforeAfter(before, after), [
          'On images that had no part in making the modules.',
        ]),
        openingSection({ loaded, images }),
      ],
      summary,
      tables: { modules: splitTable(result), classes: beforeAfterTable(before, after) },
      json: {
        kind: result.kind,
        keptRatio: result.keptRatio,
        modules: Object.fromEntries(
          Object.entries(result.modules).map(([name, { keptRatio, macs, parameters }]) => [
            name,
            { folder: `modules/${fileName(name)}`, keptRatio, macs, parameters },
          ]),
        ),
        normalisation: loaded.normalisation,
        ...{ validation: result.validation, heldOut: result.heldOut, before, after, notes: result.notes },
        manifest: runManifest({
          task: 'split',
          seed,
          options: { method, ...result.settings },
          data: { ...images.provenance, [loaded.source.path]: loaded.source.sha256 },
        }),
      },
    };
  });
