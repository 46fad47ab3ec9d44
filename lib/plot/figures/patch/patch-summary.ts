import { OptionError } from '../../../errors.js';
import type { Calibration } from '../../../patch/calibration.js';
import { PATCH_METRICS } from '../../../patch/patch-row.js';
import { type PatchSummary, publishedPatchMeans } from '../../../patch/patch-summary.js';
import type { Figure } from '../../figure/figure.js';
import { points, rounded } from '../../figure/number-format.js';
import type { FigureLayout, Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { stackedPanels } from '../../parts/stacked-panels.js';
import { GRADSPLITTER_TABLES, PATCH_METRIC_TITLES } from '../../tables/patch-tables.js';

/** What the figure {@link patchSummary} can be told. */
export interface PatchSummaryFigureOptions extends FigureOptions {
  /** Rules to show, at most four. Default: 'minMax', 'sigmoid' and 'learned', as far as they were run. */
  rules?: readonly Calibration[];
}

/**
 * Mean gain by patching, in percentage points: one panel for precision, recall, F1 and the accuracy on the other classes,
 * one group per kind of weak model, one bar per rule with its deviation over seeds. Diamonds are GradSplitter's published means,
 * whose rule is not known. Losses point down.
 * @throws OptionError when the summaries are of more than one network or data set, or more than four rules are asked for
 */
export function patchSummary(summaries: readonly PatchSummary[], options: PatchSummaryFigureOptions = {}): Figure {
  const theme = themeOf(options);
  const places = new Set(summaries.map(({ network, data }) => `${network} ${data}`));
  const [first] = summaries;
  if (places.size !== 1 || !first) {
    throw new OptionError(
      `patchSummary: expected one network on one data set, got ${[...places].join(', ') || 'nothing'}.`,
    );
  }
  const { network, data } = first;
  const run = (rule: Calibration) => summaries.some((summary) => summary.rule === rule);
  const rules = options.rules ?? (['minMax', 'sigmoid', 'learned'] as const).filter(run);
  if (rules.length === 0 || rules.length > theme.series.length || !rules.every(run)) {
    throw new OptionError(`patchSummary: expected one to four rules that were run, got ${rules.join(', ') || 'none'}.`);
  }
  const kinds = [...new Set(summaries.map(({ weakKind }) => weakKind))];
  const paper = kinds.map((kind) => publishedPatchMeans(network, data, kind));
  const title = options.title ?? 'Gain by patching';
  const seeds = Math.max(...summaries.map((summary) => summary.seeds));
  const subtitle =
    `${network} on ${data}; means over target classes${seeds > 1 ? `, ± deviation over ${seeds} seeds` : ', one seed'}` +
    (paper[0] ? '; diamonds: GradSplitter, published' : '; nothing published on these images') +
    (summaries.some(({ rule, means }) => rules.includes(rule) && PATCH_METRICS.some((m) => means[m].gain === null))
      ? '; no bar = not defined (0/0)'
      : '');
  const panels = stackedPanels(PATCH_METRICS.length, 1 / 15);
  const layout: FigureLayout = {
    barmode: 'group',
    bargap: 0.3,
    showlegend: true,
    xaxis: {
      ...axisStyle(theme, 'kind of weak model'),
      anchor: panels.at(-1)?.y,
      tickmode: 'array',
      tickvals: kinds.map((_, i) => i),
      ticktext: kinds,
      range: [-0.5, kinds.length - 0.5],
      showgrid: false,
      zeroline: false,
    },
  };
  const traces: Trace[] = [];
  PATCH_METRICS.forEach((metric, panel) => {
    const { y, yaxis, domain } = panels[panel]!; // a panel per metric
    const shown: number[] = [0];
    rules.forEach((rule, r) => {
      const means = kinds.map(
        (kind) =>
          summaries.find((summary) => summary.weakKind === kind && summary.rule === rule)?.means[metric] ?? null,
      );
      const gains = means.map((m) => (m?.gain == null ? null : rounded(100 * m.gain)));
      const stds = means.map((m) => (m?.std == null ? 0 : rounded(100 * m.std)));
      gains.forEach((gain, i) => gain !== null && shown.push(gain - stds[i]!, gain + stds[i]!)); // one per kind
      traces.push({
        type: 'bar',
        name: rule,
        legendgroup: rule,
        showlegend: panel === 0,
        x: kinds.map((_, i) => i),
        y: gains,
        yaxis: y,
        marker: { color: theme.series[r] },
        ...(stds.some((std) => std > 0)
          ? { error_y: { type: 'data', array: stds, color: theme.text, thickness: 1, width: 3 } }
          : {}),
        text: means.map((m) => points(m?.weak ?? null, m?.patched ?? null)),
        textposition: 'none',
        hovertemplate: `${rule}, %{x}: <b>%{text}</b> points<extra>${PATCH_METRIC_TITLES[metric]}</extra>`,
      });
    });
    const published = paper.map((means) => (means?.[metric].gain == null ? null : rounded(100 * means[metric].gain)));
    if (published.some((v) => v !== null)) {
      shown.push(...published.filter((v): v is number => v !== null));
      traces.push({
        type: 'scatter',
        mode: 'markers',
        name: 'GradSplitter, published',
        legendgroup: 'paper',
        showlegend: panel === 0,
        x: kinds.map((_, i) => i),
        y: published,
        yaxis: y,
        marker: { symbol: 'diamond', size: 11, color: theme.paper, line: { color: theme.text, width: 2 } },
        hovertemplate: `published: <b>%{y:.2f}</b> points<extra>${PATCH_METRIC_TITLES[metric]}</extra>`,
      });
    }
    const reach = Math.max(1, Math.max(...shown) - Math.min(...shown));
    layout[yaxis] = {
      ...axisStyle(theme, metric === 'nonTarget' ? 'others (points)' : `${PATCH_METRIC_TITLES[metric]} (points)`),
      domain,
      range: [Math.min(...shown) - 0.12 * reach, Math.max(...shown) + 0.12 * reach],
      nticks: 5,
      zeroline: true,
      zerolinewidth: 2,
    };
  });
  const inWords = summaries
    .filter(({ rule }) => rules.includes(rule))
    .map(
      ({ weakKind: kind, rule, means }) =>
        `${kind}, ${rule}: ` +
        PATCH_METRICS.map((m) => `${PATCH_METRIC_TITLES[m]} ${points(means[m].weak, means[m].patched)}`).join(', '),
    );
  const [rule] = rules;
  return figureFrame(theme, {
    title,
    subtitle,
    size: { width: 780, height: 760, margin: { l: 80, r: 30, t: 92, b: 56 } },
    inWords: `${inWords.join('; ')}.`,
    data: traces,
    layout,
    published: kinds.flatMap((kind, k) =>
      PATCH_METRICS.flatMap((metric) => {
        const value = paper[k]?.[metric].gain ?? null;
        const own = summaries.find((summary) => summary.weakKind === kind && summary.rule === rule)?.means[metric].gain;
        if (value === null) return [];
        return {
          quantity: `gain in ${PATCH_METRIC_TITLES[metric]}, ${kind} weak models (here by ${rule})`,
          here: own == null ? null : rounded(100 * own),
          paper: rounded(100 * value),
          unit: 'points',
          source: GRADSPLITTER_TABLES,
        };
      }),
    ),
  });
}
