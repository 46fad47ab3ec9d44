import type { Finding } from '../../../compare/reproduction/finding.js';
import type { RowResult } from '../../../compare/reproduction/row-result.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { rounded } from '../../figure/number-format.js';
import type { ScatterTrace, Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/** Pixels of one finding: its words, and its marks below them. */
const SLOT = 46;
const MARGIN = { l: 24, r: 24, t: 108, b: 52 };

/** What is measured in points or percent; shares of another kind have a scale of their own and stand in the table only. */
const inPercent = ({ unit }: Finding): boolean => unit !== 'ratio';

/**
 * The findings of one row of `npm run reproduce`: ours with its 95 % interval, the control, and the paper's value as a mark of its
 * own, one line each.
 * @param title of the row
 * @throws OptionError when no finding is in points or percent
 */
export function rowFindings(
  { findings, scale, seeds }: Pick<RowResult, 'findings' | 'scale' | 'seeds'>,
  title: string,
  options: FigureOptions = {},
): Figure {
  const theme = themeOf(options);
  const shown = findings.filter(inPercent);
  if (shown.length === 0) throw new OptionError('rowFindings: expected a finding in points or percent, got none.');
  const places = shown.map((_, i) => i);
  const marks = (
    name: string,
    symbol: string,
    values: readonly (number | null)[],
    style: { readonly color: string; readonly size: number; readonly lift: number },
  ): ScatterTrace => ({
    ...{ type: 'scatter', mode: 'markers', name },
    x: values.map((value) => (value === null ? null : rounded(value))),
    y: places.map((place) => place + style.lift),
    marker: { symbol, size: style.size, color: style.color, line: { color: theme.text, width: 1 } },
    hovertemplate: `${name}: <b>%{x}</b><extra></extra>`,
  });
  const half = (side: 'low' | 'high') =>
    shown.map(({ test, ours }) => rounded(test === null || test[side] === null ? 0 : Math.abs(test[side] - ours.mean)));
  const ours = marks('ours, 95 % interval', 'circle', shown.map((own) => own.ours.mean), { color: theme.after, size: 10, lift: 0.05 }); // prettier-ignore
  const bars = { type: 'data', symmetric: false, array: half('high'), arrayminus: half('low') } as const;
  const control = shown.map((own) => own.control?.mean ?? null);
  const published = shown.map((own) => own.published?.value ?? null);
  const data: Trace[] = [
    { ...ours, error_x: { ...bars, color: theme.after, thickness: 2, width: 5 } },
    ...(control.some((value) => value !== null)
      ? [marks('control', 'square-open', control, { color: theme.before, size: 11, lift: 0.05 })]
      : []),
    ...(published.some((value) => value !== null)
      ? [marks('the paper', 'diamond', published, { color: theme.paper, size: 11, lift: 0.3 })]
      : []),
  ];
  const words = ({ what, unit, test }: Finding) =>
    `${inert(shortened(what, 96))} (${unit === '%' ? '%' : 'points'})${test ? `: <b>${test.verdict}</b>` : ''}`;
  const size = sizeAround({ width: 720, height: SLOT * shown.length }, MARGIN, { height: 260 });
  return figureFrame(theme, {
    title,
    subtitle: `scale ${scale}; ${seeds.length === 1 ? 'one seed, so no interval' : `${seeds.length} seeds`}`,
    inWords: shown
      .map((own) => `${own.what}: ${rounded(own.ours.mean)}${own.test ? `, ${own.test.verdict}` : ''}`)
      .join('; '),
    size,
    data,
    layout: {
      showlegend: true,
      xaxis: { ...axisStyle(theme, 'percent or percentage points'), zeroline: true, zerolinewidth: 2 },
      yaxis: { ...axisStyle(theme, ''), range: [shown.length - 0.4, -0.6], showticklabels: false, ticks: '', showgrid: false, zeroline: false }, // prettier-ignore
      annotations: shown.map((own, i) => ({
        ...{ x: 0, xref: 'paper', xanchor: 'left', y: i - 0.32, yanchor: 'middle', showarrow: false },
        ...{ text: words(own), font: { size: 11, color: theme.text } },
      })),
    },
    table: {
      columns: ['what', 'unit', 'paper', 'ours', 'low', 'high', 'control', 'verdict'],
      rows: findings.map(({ what, unit, published: paper, ours: own, control: other, test }) => [
        ...[what, unit, paper?.value ?? null, own.mean, test?.low ?? null, test?.high ?? null],
        ...[other?.mean ?? null, test?.verdict ?? null],
      ]),
    },
    published: findings.flatMap(({ what, unit, published: paper, ours: own }) =>
      paper === null
        ? []
        : [{ quantity: what, here: rounded(own.mean), paper: paper.value, unit, source: paper.source }],
    ),
  });
}
