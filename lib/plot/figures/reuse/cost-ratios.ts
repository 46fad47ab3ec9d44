import type { CostRatios } from '../../../compose/reuse/cost-ratios.js';
import { publishedCostRatios } from '../../../compose/reuse/published/published-cost.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { rounded } from '../../figure/number-format.js';
import type { Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';

const SERIES = ['fixedEpochs', 'bestEpoch', 'fixedEpochsUpdated'] as const;
const SERIES_TITLES: Record<(typeof SERIES)[number], string> = {
  fixedEpochs: 'all epochs / modules',
  bestEpoch: 'to the best epoch / modules',
  fixedEpochsUpdated: 'all epochs / modules updated',
};

/**
 * What training from scratch costs in multiples of using modules: per experiment three bars of measured time, on a logarithmic axis;
 * diamonds are the paper's ratios (Fig 6), of all its data sets for reuse within one.
 * @throws OptionError when there is nothing to show
 */
export function costRatios(
  given: CostRatios | null | readonly (CostRatios | null)[],
  options: FigureOptions = {},
): Figure {
  const ratios = [given].flat().filter((row) => row !== null);
  if (ratios.length === 0) throw new OptionError('costRatios: expected at least one experiment with a baseline.');
  const theme = themeOf(options);
  const title = options.title ?? 'Training from scratch, in multiples of using modules';
  const tasks = ratios.map(({ task }) => task);
  const published = publishedCostRatios();
  const shown: number[] = [1];
  const bars: Trace[] = [];
  const diamonds: Trace[] = [];
  const offset = (s: number) => (s - 1) * 0.25;
  SERIES.forEach((series, s) => {
    const own = ratios.map((row) => row[series]?.seconds ?? null);
    shown.push(...own.filter((value) => value !== null));
    bars.push({
      type: 'bar',
      name: SERIES_TITLES[series],
      x: tasks.map((_, i) => i + offset(s)),
      y: own.map((value) => value && rounded(value)),
      width: 0.22,
      marker: { color: theme.series[s] },
      text: own.map((value) => (value === null ? '' : `${value.toPrecision(2)}×`)),
      textposition: 'inside',
      insidetextanchor: 'start',
      customdata: ratios.map((row) => rounded(row[series]?.macs ?? NaN)),
      hovertemplate: `${SERIES_TITLES[series]}: <b>%{y:.1f}×</b> the time, %{customdata:.1f}× the multiply-adds<extra></extra>`,
    });
    const paper = tasks.flatMap((task, i) =>
      published
        .filter((row) => row.task === task && row[series] !== null)
        .map((row) => ({ x: i + offset(s), y: rounded(row[series]!), data: row.data })),
    );
    shown.push(...paper.map(({ y }) => y));
    diamonds.push({
      type: 'scatter',
      mode: 'markers',
      name: 'paper',
      legendgroup: 'paper',
      showlegend: s === 0,
      x: paper.map(({ x }) => x),
      y: paper.map(({ y }) => y),
      customdata: paper.map(({ data }) => data),
      marker: { symbol: 'diamond', size: 10, color: theme.paper, line: { color: theme.text, width: 2 } },
      hovertemplate: 'paper, %{customdata}: <b>%{y:.1f}×</b><extra></extra>',
    });
  });
  const inWords = ratios.map(
    (row) => `${row.task}: ${row.fixedEpochs.seconds.toPrecision(2)}× the time, ${row.fixedEpochs.macs.toPrecision(2)}× the multiply-adds`, // prettier-ignore
  );
  const decades = [Math.floor(Math.log10(Math.min(...shown))), Math.log10(Math.max(...shown)) + 0.15];
  return figureFrame(theme, {
    title,
    subtitle: 'bars: time measured here; diamonds: published. Training is shorter here than in the paper',
    size: { width: 760, height: 440, margin: { l: 70, r: 30, t: 104, b: 50 } },
    inWords: `${inWords.join('; ')} (all epochs).`,
    data: [...bars, ...diamonds],
    published: published
      .filter(({ task }) => tasks.includes(task as (typeof tasks)[number]))
      .flatMap((row) =>
        SERIES.filter((series) => row[series] !== null).map((series) => ({
          quantity: `${row.task}, ${row.data}: ${SERIES_TITLES[series]}`,
          here: roundedOrNull(ratios.find(({ task }) => task === row.task)?.[series]?.seconds ?? null),
          paper: rounded(row[series]!),
          unit: '×',
          source: 'Pan & Rajan, ICSE 2022, Fig 6 as ratios of its bars, with longer training (spec decompose §5)',
        })),
      ),
    table: {
      columns: ['experiment', ...SERIES.map((series) => `${SERIES_TITLES[series]} (×)`)],
      rows: ratios.map((row) => [row.task, ...SERIES.map((series) => roundedOrNull(row[series]?.seconds ?? null))]),
    },
    layout: {
      xaxis: {
        ...axisStyle(theme, 'experiment'),
        tickmode: 'array',
        tickvals: tasks.map((_, i) => i),
        ticktext: tasks,
        range: [-0.6, tasks.length - 0.4],
        showgrid: false,
        zeroline: false,
      },
      yaxis: { ...axisStyle(theme, 'cost (× that of modules)'), type: 'log', range: decades, dtick: 1 },
    },
  });
}

const roundedOrNull = (value: number | null) => (value === null ? null : rounded(value));
