import type { ImageSet } from '../../lib/datasets/dataset.js';
import type { ClassMetrics, ClassReport } from '../../lib/metrics/class-report.js';
import type { Guess } from '../../lib/metrics/reliability.js';
import { type Caption, pictureGrid } from './pictures.js';
import { type ReportSection, text } from './report-page.js';

/** Images of a class below which a share says little. */
const FEW = 30;
/** Wrong pictures on a page. */
const MOST_SHOWN = 24;

const share = (part: number, of: number): string => `${Math.round((100 * part) / of)} %`;

/** The class that the model knows worst: of those with images the one with the lowest F1. */
export function weakestOf({ perClass }: ClassReport): ClassMetrics | undefined {
  const there = perClass.filter(({ support }) => support > 0);
  return there.length === 0 ? undefined : there.reduce((a, b) => ((b.f1 ?? 0) < (a.f1 ?? 0) ? b : a));
}

/** What most images of a class are taken for that are not recognised. */
function lostTo({ confusion, classNames }: ClassReport, c: number): { name: string; images: number } | undefined {
  const row = confusion[c] ?? [];
  const [first] = row.map((images, p) => ({ name: classNames[p] ?? '', images, p })).filter(({ p, images }) => p !== c && images > 0).sort((a, b) => b.images - a.images); // prettier-ignore
  return first;
}

const recognised = ({ confusion }: ClassReport, c: number): number => confusion[c]?.[c] ?? 0;

/** How good the model is, in two sentences anybody understands. */
export function headline(report: ClassReport): string {
  const right = report.confusion.reduce((sum, _, c) => sum + recognised(report, c), 0);
  const lines = [`The model was right on <b>${right} of ${report.images}</b> pictures.`];
  const weakest = weakestOf(report);
  if (weakest && right < report.images) {
    const c = report.classNames.indexOf(weakest.className);
    const lost = lostTo(report, c);
    lines.push(
      `It has most trouble with <b>${text(weakest.className)}</b>: of ${weakest.support} such pictures it recognised ` +
        `${recognised(report, c)}` +
        (lost ? `, and ${lost.images} it took for <b>${text(lost.name)}</b>.` : '.'),
    );
    const wrongly = weakest.predicted - recognised(report, c);
    if (wrongly > 0) lines.push(`${wrongly} pictures of other classes it took for ${text(weakest.className)}.`);
  }
  const chance = Math.max(...report.perClass.map(({ support }) => support)) / report.images;
  if (report.accuracy <= chance && report.classNames.length > 1) {
    lines.push(
      'That is no better than always giving the same answer. Are these pictures of what the model was trained on, and the classes in its order?',
    );
  }
  return `<div class="headline"><strong>${share(right, report.images)}</strong><p>${lines.join(' ')}</p></div>`;
}

/** Every class: how many of its pictures were recognised, and what the others were taken for. */
export function classSection(report: ClassReport): ReportSection {
  const weakest = weakestOf(report)?.className;
  const rows = report.perClass.map(({ className, support, predicted }, c) => {
    const right = recognised(report, c);
    const lost = lostTo(report, c);
    const percent = support === 0 ? 0 : (100 * right) / support;
    const said = support === 0 ? 'no pictures' : `${right} of ${support}`;
    return (
      `<tr${className === weakest && right < support ? ' class="worst"' : ''}><th scope="row">${text(className)}</th>` +
      `<td class="bar"><span style="--share:${percent.toFixed(1)}%"></span></td>` +
      `<td class="number">${said}</td><td class="number">${support === 0 ? '' : share(right, support)}</td>` +
      `<td>${lost ? `${text(lost.name)} (${lost.images})` : ''}</td>` +
      `<td class="number">${predicted - right}</td></tr>`
    );
  });
  const few = report.perClass.filter(({ support }) => support > 0 && support < FEW).length;
  const note =
    few === 0
      ? ''
      : `<p class="note">${few === report.classNames.length ? 'All classes have' : few === 1 ? 'One class has' : `${few} classes have`} fewer than ${FEW} pictures here. With so few, other pictures ` +
        'of the same kind would give other shares: of 10 pictures, 7 or 9 recognised may be the same model.</p>';
  const head = ['Class', 'Recognised', '', '', 'The others: mostly taken for', 'Wrongly taken for it'];
  return {
    title: 'How well it knows each class',
    html:
      `<div class="beside"><table><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>` +
      `<tbody>${rows.join('\n')}</tbody></table></div>${note}`,
  };
}

/** Pictures that the model got wrong, those first that it was surest of. */
export function mistakesSection(
  set: ImageSet,
  guesses: readonly Guess[],
  files: readonly string[] | null,
): ReportSection | null {
  const wrong = guesses
    .map((guess, image) => ({ ...guess, image }))
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.confidence - a.confidence);
  if (wrong.length === 0 || ![1, 3].includes(set.imageShape[2])) return null;
  const shown = evenly(wrong, MOST_SHOWN);
  const name = (label: number): string => set.classNames[label] ?? `class ${label}`;
  const captions = shown.map(({ image, label, predicted, confidence }): Caption => ({
    image,
    words: [name(label), files?.[image]?.split('/').at(-1)].filter(Boolean).join(': '),
    wrong: `taken for ${name(predicted)} (${Math.round(100 * confidence)} % sure)`,
  }));
  const all =
    shown.length === wrong.length ? `All ${wrong.length}` : `${shown.length} of ${wrong.length}, from every class,`;
  return {
    title: 'Pictures it got wrong',
    html:
      `<p>${all} with those first that it was surest of. Look for what they have in common: the background, the light, ` +
      `how close they were taken, or a wrong name on the picture.</p>${pictureGrid(set, captions)}`,
  };
}

/** The first ones of every class in turn, at most so many, in the order that they had. */
function evenly<T extends { label: number }>(items: readonly T[], most: number): T[] {
  const seen = new Map<number, number>();
  const ranked = items.map((item, place) => {
    const round = seen.get(item.label) ?? 0;
    seen.set(item.label, round + 1);
    return { item, place, round };
  });
  const taken = [...ranked].sort((a, b) => a.round - b.round || a.place - b.place).slice(0, most);
  return taken.sort((a, b) => a.place - b.place).map(({ item }) => item);
}
