import { OptionError } from '../../../../lib/errors.js';
import { guesses } from '../../../../lib/metrics/guesses.js';
import { outputKind } from '../../../../lib/models/output-kind.js';
import { percent } from '../../../../lib/plot/figure/number-format.js';
import { Table } from '../../../../lib/plot/tables/table.js';
import { predictScores } from '../../../../lib/training/evaluate.js';
import { openModel } from '../../../results/opened-inputs.js';
import { pictureGrid } from '../../../results/pictures.js';
import { paragraphs, tableHtml } from '../../../results/report-page.js';
import { picturesIn } from '../../../results/unnamed-pictures.js';
import type { Action } from '../../run-command.js';
import type { predictEntry } from '../../table/methods.js';
import { aboutLine, openingSection } from './evaluate.js';
import { runMethod } from './run-method.js';

/** Pictures on the page, and lines in the terminal; all are in the CSV. */
const MOST_PICTURES = 200;
const MOST_LINES = 20;
/** Guesses beside the first one. */
const RANKS = 3;

/** modulab predict */
export const predict: Action<typeof predictEntry> = (given, interrupts) =>
  runMethod('predict', given, interrupts, async (run) => {
    const { inputs, onProgress, signal } = run;
    const loaded = await openModel(run.model, run.images, inputs);
    if (!loaded.normalisation) {
      throw new OptionError(
        `${loaded.name}: no file says how the model wants its pixels, and without names there is nothing to try it with. Say it: ` +
          '--range unit (0 to 1), signed (−1 to 1), bytes (0 to 255) or imagenet.',
      );
    }
    const { set, files, remarks } = await picturesIn(run.images, { model: loaded, ...inputs });
    const { scores, classes } = await predictScores(loaded.model, set, {
      onProgress,
      signal,
      task: 'look at the pictures',
    });
    const kind = outputKind(loaded.model);
    const names = Array.from({ length: classes }, (_, c) => loaded.classNames?.[c] ?? `class ${c}`);
    const found = guesses(scores, set.labels, classes, kind);
    const rows = found.map(({ predicted, confidence }, i) => ({
      file: files[i] ?? '',
      guess: names[predicted] ?? '',
      sure: confidence,
      ranked: ranked(scores.subarray(i * classes, (i + 1) * classes), kind).map(([c, p]) => ({
        name: names[c] ?? '',
        sure: p,
      })),
    }));
    const table = new Table(
      [
        'picture',
        ...Array.from({ length: Math.min(RANKS, classes) }, (_, r) => [`guess ${r + 1}`, `sure ${r + 1} (%)`]).flat(),
      ],
      rows.map(({ file, ranked: list }) => [
        file,
        ...list.flatMap(({ name, sure }) => [name, Number((100 * sure).toFixed(2))]),
      ]),
    );
    const counts = names.map((name) => [name, rows.filter(({ guess }) => guess === name).length] as const);
    const shown = rows.slice(0, MOST_PICTURES);
    const lines = rows.slice(0, MOST_LINES).map(({ file, guess, sure }) => `${file}: ${guess} (${percent(sure)} sure)`);
    if (rows.length > MOST_LINES) lines.push(`… and ${rows.length - MOST_LINES} more, in predictions.csv`);
    return {
      title: `What ${loaded.name} takes these pictures for`,
      about: aboutLine(loaded, run.images, set),
      opening: `<div class="beside">${tableHtml({ columns: ['class', 'pictures'], rows: counts.map((row) => [...row]) })}</div>`,
      sections: [
        {
          title: 'The pictures',
          html:
            (rows.length > shown.length ? paragraphs([`The first ${shown.length} of ${rows.length}.`]) : '') +
            pictureGrid(
              set,
              shown.map(({ file, guess, sure }, image) => ({
                image,
                words: `${guess} (${Math.round(100 * sure)} % sure), ${file.split('/').at(-1)}`,
              })),
            ),
        },
        openingSection({ loaded, images: { remarks } }),
      ],
      summary: lines,
      tables: { predictions: table },
      json: { model: loaded.source, classNames: names, predictions: rows },
    };
  });

/** The likeliest classes of one row of scores, with their probabilities. */
function ranked(row: Float32Array, kind: 'logits' | 'probabilities'): [c: number, probability: number][] {
  const top = Math.max(...row);
  const sum = row.reduce((total, score) => total + Math.exp(score - top), 0);
  const probability = (score: number) => (kind === 'probabilities' ? score : Math.exp(score - top) / sum);
  return Array.from(row, (score, c): [number, number] => [c, probability(score)])
    .sort((a, b) => b[1] - a[1])
    .slice(0, RANKS);
}
