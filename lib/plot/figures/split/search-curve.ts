import { OptionError } from '../../../errors.js';
import type { SearchHistory } from '../../../split/search-history.js';
import type { Figure } from '../../figure/figure.js';
import { percent, rounded } from '../../figure/number-format.js';
import { type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { linePanels } from '../../parts/line-panels.js';

/**
 * Accuracy, module difference and score of a split search against the generation.
 * @throws OptionError when the history is empty
 */
export function searchCurve(history: SearchHistory, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  if (history.length === 0) throw new OptionError('searchCurve: expected at least one generation, got none.');
  const title = options.title ?? 'Search for modules';
  const best = history.reduce((a, b) => (b.score > a.score ? b : a));
  const evaluations = history.reduce((sum, g) => sum + g.evaluations, 0);
  const summary =
    `best score ${best.score.toFixed(3)} in generation ${best.generation} (accuracy ${percent(best.accuracy)}, ` +
    `difference ${best.diff.toFixed(3)}); ${evaluations.toLocaleString('en')} modules evaluated`;
  const [blue, vermillion, green] = theme.series;
  const column = (key: 'accuracy' | 'diff' | 'score') => history.map((g) => rounded(g[key]));
  const panels = linePanels(
    history.map((g) => g.generation),
    'generation',
    [
      {
        title: 'accuracy (%)',
        percent: true,
        lines: [{ name: 'accuracy on the search images', colour: blue, values: column('accuracy') }],
      },
      {
        title: 'difference (0–1)',
        percent: false,
        lines: [{ name: 'mean 1 − Jaccard', colour: vermillion, dash: 'dash', values: column('diff') }],
      },
      {
        title: 'score (0–1)',
        percent: false,
        lines: [{ name: 'score', colour: green, values: column('score') }],
      },
    ],
    theme,
  );
  return figureFrame(theme, { title, subtitle: summary, inWords: `${summary}.`, ...panels });
}
