import { OptionError } from '../../../errors.js';
import type { SearchHistory } from '../../../split/search-history.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { rounded } from '../../figure/number-format.js';
import { type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { type Line, linePanels } from '../../parts/line-panels.js';

/**
 * Accuracy, module difference and score of several split searches against the generation, e.g. with and without one of
 * the method's ideas. Four at most, as there are four colours that everybody can tell apart.
 * @param histories name → history; a shorter one ends earlier
 * @throws OptionError on no history, an empty one, or more than four
 */
export function searchComparison(
  histories: Readonly<Record<string, SearchHistory>>,
  options: FigureOptions = {},
): Figure {
  const theme = themeOf(options);
  const entries = Object.entries(histories);
  if (entries.length === 0 || entries.length > theme.series.length || entries.some(([, h]) => h.length === 0)) {
    const got = entries.map(([name, { length }]) => `${shortened(name, 40)}: ${length} generations`).join(', ');
    throw new OptionError(`searchComparison: expected one to four histories, none empty, got ${got || 'none'}.`);
  }
  const title = options.title ?? 'Searches compared';
  const bestOf = (history: SearchHistory) => Math.max(...history.map(({ score }) => score));
  const summary = `best score: ${entries.map(([name, h]) => `${shortened(name, 40)} ${bestOf(h).toFixed(3)}`).join(', ')}`;
  const generations = Array.from({ length: Math.max(...entries.map(([, h]) => h.length)) }, (_, i) => i);
  const dashes = ['solid', 'dash', 'dot', 'solid'] as const;
  const lines = (key: 'accuracy' | 'diff' | 'score'): Line[] =>
    entries.map(([name, history], i) => ({
      name: shortened(name, 40),
      colour: theme.series[i]!, // no more histories than colours
      dash: dashes[i],
      values: generations.map((g) => {
        const generation = history[g];
        return generation ? rounded(generation[key]) : null;
      }),
    }));
  const panels = linePanels(
    generations,
    'generation',
    [
      { title: 'accuracy (%)', percent: true, lines: lines('accuracy') },
      { title: 'difference (0–1)', percent: false, lines: lines('diff') },
      { title: 'score (0–1)', percent: false, lines: lines('score') },
    ],
    theme,
  );
  // Every search has the same colour in all panels: one legend entry is enough.
  const data = panels.data.map((trace, i) => ({ ...trace, showlegend: i < entries.length }));
  return figureFrame(theme, { title, subtitle: inert(summary), inWords: `${summary}.`, ...panels, data });
}
