import type { Finding } from '../../../compare/reproduction/finding.js';
import type { ReproducedRow } from '../../../compare/reproduction/reproduced-row.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { inert } from '../../figure/label.js';
import { rounded } from '../../figure/number-format.js';
import type { ScatterTrace, Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';
import { twoLines } from '../../parts/two-lines.js';

/** Pixels of one finding, and of the words on either side of its marks. */
const SLOT = 38;
const WORDS = 316;
const VALUES = 138;
const MARGIN = { l: WORDS + 22, r: VALUES + 12, t: 108, b: 52 };
const FONT = 11;
/** Parts of a slot by which the paper's marks stand above ours, and the control's below, so that none hides another. */
const LIFT = 0.24;

/** What is measured in points or percent; shares of another kind have a scale of their own and stand in the table only. */
const inPercent = ({ unit }: Finding): boolean => unit !== 'ratio';

/**
 * A paper's table as it was computed: of every quantity ours with its 95 % interval, the control, and the paper's value as a mark of its
 * own, one line each.
 * @throws OptionError when no finding is in points or percent
 * @example
 * plot.reproducedRow(comparing.reproducedRow('cnnsplitter-modules-rescnn-quarter')).show();
 */
export function reproducedRow(
  { findings, scale, seeds, title }: Pick<ReproducedRow, 'findings' | 'scale' | 'seeds' | 'title'>,
  options: FigureOptions = {},
): Figure {
  const theme = themeOf(options);
  const shown = findings.filter(inPercent);
  if (shown.length === 0) throw new OptionError('reproducedRow: expected a finding in points or percent, got none.');
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
  const ours = marks('ours, 95 % interval', 'circle', shown.map((own) => own.ours.mean), { color: theme.after, size: 10, lift: 0 }); // prettier-ignore
  const bars = { type: 'data', symmetric: false, array: half('high'), arrayminus: half('low') } as const;
  const control = shown.map((own) => own.control?.mean ?? null);
  const published = shown.map((own) => own.published?.value ?? null);
  const data: Trace[] = [
    { ...ours, error_x: { ...bars, color: theme.after, thickness: 2, width: 5 } },
    ...(control.some((value) => value !== null)
      ? [marks('control', 'square-open', control, { color: theme.before, size: 9, lift: LIFT })]
      : []),
    ...(published.some((value) => value !== null)
      ? [marks('the paper', 'diamond', published, { color: theme.paper, size: 11, lift: -LIFT })]
      : []),
  ];
  const number = (value: number) => value.toFixed(1).replace('-', '−');
  const value = ({ ours: own, test, unit }: Finding) => {
    const [low, high] = [test?.low ?? null, test?.high ?? null];
    const interval = low === null || high === null ? '' : ` (${number(low)} to ${number(high)})`;
    return `${number(own.mean)}${unit === '%' ? ' %' : ''}${interval}${test ? `<br><b>${test.verdict}</b>` : ''}`;
  };
  const beside = { y: 0, yanchor: 'middle', xref: 'paper', showarrow: false, font: { size: FONT, color: theme.text } };
  const size = sizeAround({ width: 440, height: SLOT * shown.length }, MARGIN, { height: 240 });
  return figureFrame(theme, {
    title: options.title ?? title,
    subtitle: `scale ${scale}; ${seeds.length === 1 ? 'one seed, so no interval' : `${seeds.length} seeds`}`,
    inWords: shown
      .map((own) => `${own.what}: ${rounded(own.ours.mean)}${own.test ? `, ${own.test.verdict}` : ''}`)
      .join('; '),
    size,
    data,
    layout: {
      showlegend: true,
      xaxis: { ...axisStyle(theme, 'percent or percentage points'), zeroline: true, zerolinewidth: 2 },
      yaxis: { ...axisStyle(theme, ''), range: [shown.length - 0.5, -0.5], tickvals: places, showticklabels: false, ticks: '', zeroline: false }, // prettier-ignore
      annotations: shown.flatMap((own, i) => [
        {
          ...{ ...beside, y: i, x: 0, xanchor: 'right', align: 'right', xshift: -10 },
          text: twoLines(own.what, WORDS, FONT).map(inert).join('<br>'),
        },
        { ...beside, y: i, x: 1, xanchor: 'left', align: 'left', xshift: 10, text: value(own) },
      ]),
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
