import { OptionError } from '../../../errors.js';
import type { Calibration } from '../../../patch/calibration.js';
import { PATCH_METRICS, type PatchMetric, type PatchRow } from '../../../patch/patch-row.js';
import { publishedPatchRows } from '../../../patch/published-results.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { FigureLayout, Trace } from '../../figure/plotly-json.js';
import { type FigureOptions, percentAxis, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { stackedPanels } from '../../parts/stacked-panels.js';
import { GRADSPLITTER_TABLES, PATCH_METRIC_TITLES } from '../../tables/patch-tables.js';

/** What the figure {@link patchExperiment} can be told. */
export interface PatchExperimentFigureOptions extends FigureOptions {
  /** Default 'minMax', the paper's. */
  rule?: Calibration;
}

/**
 * Every target class before and after patching by one rule: precision, recall, F1 and accuracy on the other classes,
 * averaged over seeds, a line from the weak model's figure to the patched one's. Hollow markers are GradSplitter's
 * published figures of the same kind and class, where there are any.
 * @throws OptionError when no row has the rule, or the rows are of more than one network or data set
 */
export function patchExperiment(rows: readonly PatchRow[], options: PatchExperimentFigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { rule = 'minMax' } = options;
  const own = rows.filter((row) => row.rule === rule);
  const setups = new Set(own.map(({ network, data }) => `${network} on ${data}`));
  if (setups.size !== 1) {
    throw new OptionError(
      `patchExperiment: expected rows of one network on one data set with rule '${rule}', got ${[...setups].join(', ') || 'none'}.`,
    );
  }
  const keys = [...new Set(own.map(({ weakKind: kind, targetClass }) => `${kind}: ${targetClass}`))];
  const published = publishedPatchRows();
  const places = keys.map((key) => {
    const group = own.filter(({ weakKind: kind, targetClass }) => `${kind}: ${targetClass}` === key);
    const { network, data, weakKind, target } = group[0]!; // the key is of one of them
    const paper = published.find(
      (row) => row.network === network && row.data === data && row.kind === weakKind && row.target === target,
    );
    return { key, own: group, paper };
  });
  const slot = Math.max(26, 760 / keys.length);
  const axis = classAxis(keys, theme, { side: 'x', slot, title: 'kind of weak model: target class' });
  const title = options.title ?? `Target classes before and after patching (${rule})`;
  const lost = places.filter((place) => {
    const [from, to] = [meanOf(place.own, 'weak', 'recall'), meanOf(place.own, 'patched', 'recall')];
    return from !== null && to !== null && to < from;
  }).length;
  const anyNull = own.some(({ weak, patched }) => PATCH_METRICS.some((m) => weak[m] === null || patched[m] === null));
  const subtitle =
    `${[...setups][0]}; recall falls for ${lost} of ${places.length}` +
    (anyNull ? '; no marker = not defined (0/0)' : '');
  const panels = stackedPanels(PATCH_METRICS.length, 1 / 15);
  const layout: FigureLayout = {
    showlegend: true,
    xaxis: { ...axis.axis, anchor: panels.at(-1)?.y },
  };
  const traces: Trace[] = [];
  const at = (i: number, side: number) => i + side * 0.14;
  PATCH_METRICS.forEach((metric, panel) => {
    const { y, yaxis, domain } = panels[panel]!; // a panel per metric
    const weak = places.map((place) => ratio(meanOf(place.own, 'weak', metric)));
    const patched = places.map((place) => ratio(meanOf(place.own, 'patched', metric)));
    const common = { type: 'scatter' as const, cliponaxis: false, yaxis: y };
    traces.push({
      ...common,
      mode: 'lines',
      showlegend: false,
      hoverinfo: 'skip',
      x: places.flatMap((_, i) => [at(i, -1), at(i, 1), null]),
      y: places.flatMap((_, i) => {
        const [from = null, to = null] = [weak[i], patched[i]];
        return from === null || to === null ? [null, null, null] : [from, to, null];
      }),
      line: { color: theme.muted, width: 1.5 },
    });
    const series = [
      { name: 'weak', side: -1, values: weak, colour: theme.before, of: 'weak' as const },
      { name: 'patched', side: 1, values: patched, colour: theme.after, of: 'patched' as const },
    ];
    for (const { name, side, values, colour, of } of series) {
      const hovertemplate = `<b>%{customdata}</b><br>${PATCH_METRIC_TITLES[metric]}: %{y:.1%}<extra>NAME</extra>`;
      const customdata = keys.map((key) => inert(shortened(key)));
      const marker = { size: 9, color: colour };
      traces.push({
        ...common,
        mode: 'markers',
        name,
        legendgroup: name,
        showlegend: panel === 0,
        x: places.map((_, i) => at(i, side)),
        y: values,
        marker,
        customdata,
        hovertemplate: hovertemplate.replace('NAME', name),
      });
      if (!places.some(({ paper }) => paper)) continue;
      traces.push({
        ...common,
        mode: 'markers',
        name: `${name}, published`,
        legendgroup: `${name} published`,
        showlegend: panel === 0,
        x: places.map((_, i) => at(i, side)),
        y: places.map(({ paper }) => (paper ? ratio(paper[of][metric] / 100) : null)),
        marker: { ...marker, symbol: 'diamond-open' },
        customdata,
        hovertemplate: hovertemplate.replace('NAME', `${name}, published`),
      });
    }
    layout[yaxis] = {
      ...percentAxis(theme, metric === 'nonTarget' ? 'others' : PATCH_METRIC_TITLES[metric]),
      domain,
    };
  });
  const inWords = places.map(
    (place) =>
      `${shortened(place.key, 60)}: ` +
      PATCH_METRICS.map(
        (m) =>
          `${PATCH_METRIC_TITLES[m]} ${percent(meanOf(place.own, 'weak', m))} → ${percent(meanOf(place.own, 'patched', m))}`,
      ).join(', '),
  );
  return figureFrame(theme, {
    title,
    subtitle,
    size: {
      width: Math.round(slot * keys.length + 110),
      height: 92 + 600 + axis.margin,
      margin: { l: 80, r: 30, t: 92, b: axis.margin },
    },
    inWords: `${subtitle}. ${inWords.join('; ')}.`,
    data: traces,
    layout,
    published: places.flatMap(({ key, own: group, paper }) =>
      PATCH_METRICS.flatMap((metric) => {
        const [from, to] = [meanOf(group, 'weak', metric), meanOf(group, 'patched', metric)];
        if (!paper) return [];
        return {
          quantity: `gain in ${PATCH_METRIC_TITLES[metric]}, ${shortened(key, 60)}`,
          here: from === null || to === null ? null : rounded(100 * (to - from)),
          paper: rounded(paper.patched[metric] - paper.weak[metric]),
          unit: 'points',
          source: GRADSPLITTER_TABLES,
        };
      }),
    ),
  });
}

/** Mean over the rows where the figure is defined; null where it is in none. */
function meanOf(rows: readonly PatchRow[], of: 'weak' | 'patched', metric: PatchMetric): number | null {
  const values = rows.flatMap((row) => row[of][metric] ?? []);
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

function ratio(value: number | null): number | null {
  return value === null ? null : rounded(value);
}
