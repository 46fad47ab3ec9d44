import { type FrontPoint, type FrontRow, summariseFront } from '../../../compare/summarise-front.js';
import { OptionError } from '../../../errors.js';
import { PUBLISHED_SPLIT_MEAN } from '../../../split/cnnsplitter/published-results.js';
import type { Figure } from '../../figure/figure.js';
import { shortened } from '../../figure/label.js';
import { percent } from '../../figure/number-format.js';
import type { FigureLayout, Shape, Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { AXIS_BREAK_NOTE, axisBreak } from '../../parts/axis-break.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { edgeTrace, number1, paperTrace, SIZES, SYMBOLS, wayTrace } from '../../parts/front-traces.js';
import { paperMarks, publishedValues } from '../../parts/published-front.js';
import { panelAxes } from '../../parts/stacked-panels.js';
import { splitFrontTable } from '../../tables/split-front-table.js';

/** What the figure {@link splitFront} can be told. */
export interface SplitFrontFigureOptions extends FigureOptions {
  /** 'loss' (default): points of accuracy that the modules together lose; 'accuracy': what remains. */
  measure?: 'loss' | 'accuracy';
  /** 'beside' (default) for a page, 'stacked' for a column of print. */
  panels?: 'beside' | 'stacked';
  /** Points beyond this loss stand as triangles at the upper edge. Default 12; they are in the figure's table in full. */
  mostLoss?: number;
}

/**
 * What small modules cost: accuracy lost by all modules together (or left to them) against the kernels that a module keeps, and against
 * its multiply-adds. One line per way of choosing kernels, one mark per size, bars of ± one deviation over seeds. Open diamonds are the
 * paper's: its mean loss of four networks, at the kernels that follow for their mean and at the multiply-adds of the two on CIFAR-10;
 * with 'accuracy' those two networks, whose kernels are not known.
 * @param rows of one network, measured on one set of test images
 * @throws OptionError when there is no row, or more ways than marks
 * @example
 * const common = { images: 5000, strongAccuracy: 0.86, macsKept: 0.6, diff: 0.4, seed: 1, seconds: 12 };
 * const rows = [0.7, 0.5].map((keep) => ({
 *   ...{ kind: 'frontRow' as const, way: 'by gradient', keep, kernelsKept: keep, composedAccuracy: 0.8 + keep / 20, ...common },
 * }));
 * plot.splitFront(rows, { title: 'A network' }).show();
 */
export function splitFront(rows: readonly FrontRow[], options: SplitFrontFigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { measure = 'loss', panels = 'beside', mostLoss = 12 } = options;
  const ways = [...new Set(rows.map(({ way }) => way))];
  const [first] = rows;
  if (!first || ways.length > SYMBOLS.length) {
    throw new OptionError(`splitFront: expected rows of 1 to ${SYMBOLS.length} ways, got ${ways.length}.`);
  }
  const points = summariseFront(rows);
  const strong = first.strongAccuracy;
  const value = (point: FrontPoint) => (measure === 'loss' ? point.loss : point.composedAccuracy);
  const range = valueRange(points.map(value), measure, strong, mostLoss);
  const away = (point: FrontPoint) => value(point).mean > range[1] || value(point).mean < range[0];
  // a little within: marks on the edge would have to be drawn unclipped
  const inset = 0.03 * (range[1] - range[0]);
  const edge = measure === 'loss' ? range[1] - inset : range[0] + inset;
  const seeds = Math.max(...points.map((point) => point.seeds));
  const title = options.title ?? 'What small modules cost';
  const subtitle =
    `the network: ${percent(strong)} of ${first.images.toLocaleString('en')} test images; ` +
    (seeds > 1 ? `mean ± deviation, ${seeds} seeds` : 'one seed');
  const stacked = panels === 'stacked';
  const size = stacked
    ? { width: 400, height: 700, margin: { l: 60, r: 16, t: 104, b: 88 } }
    : { width: 720, height: 430, margin: { l: 64, r: 20, t: 104, b: 76 } };
  const layout: FigureLayout = {
    showlegend: true,
  };
  const broken: Shape[] = [];
  const whole: Shape[] = [];
  const data: Trace[] = [];
  SIZES.forEach((axis, p) => {
    const axes = panelAxes(p);
    const [x0, x1] = stacked ? [0, 1] : [p * 0.53, p * 0.53 + 0.47];
    const [y0, y1] = stacked ? [(1 - p) * 0.57, (1 - p) * 0.57 + 0.43] : [0, 1];
    const paper = paperMarks(axis.key, measure);
    const reach = [...points.map((point) => point[axis.key].mean), ...paper.map(({ x }) => x)];
    const [left, right] = [Math.max(0, Math.min(...reach) - 0.04), Math.min(1.03, Math.max(...reach) + 0.04)];
    layout[axes.xaxis] = {
      ...axisStyle(theme, axis.title),
      ...{ domain: [x0, x1], anchor: axes.y, range: [left, right], tickformat: '.0%', nticks: 7, zeroline: false },
    };
    const named = stacked || p === 0;
    layout[axes.yaxis] = {
      ...axisStyle(theme, named ? (measure === 'loss' ? 'accuracy lost (points)' : 'accuracy left (%)') : ''),
      ...{ domain: [y0, y1], anchor: axes.x, range, nticks: 7, showticklabels: named },
      ...(measure === 'loss' ? { zeroline: true } : { tickformat: '.0%', zeroline: false }),
    };
    if (left > 0) broken.push(axisBreak('x', { x: x0, y: y0 }, theme));
    if (range[0] > 0) broken.push(axisBreak('y', { x: x0, y: y0 }, theme));
    if (measure === 'accuracy') {
      whole.push({
        ...{ type: 'line', xref: axes.x, yref: axes.y },
        ...{ x0: left, x1: right, y0: strong, y1: strong },
        line: { color: theme.muted, width: 1, dash: 'dash' },
      });
    }
    let beyond = 0;
    ways.forEach((way, i) => {
      const own = points.filter((point) => point.way === way).sort((a, b) => b[axis.key].mean - a[axis.key].mean);
      const off = own.filter(away);
      data.push(wayTrace(own, { axis, value, measure, axes, place: i, theme }));
      if (off.length === 0) return;
      // below one another, so that none hides another
      const at = edge + (measure === 'loss' ? -1 : 1) * inset * beyond++;
      data.push(edgeTrace(off, { axis, edge: at, measure, axes, place: i, theme }));
    });
    data.push(paperTrace(axis.key, { measure, axes, shown: p === (measure === 'loss' ? 0 : 1), theme }));
  });
  layout.shapes = [...whole, ...broken];
  const beyondIs = measure === 'loss' ? `more than ${mostLoss} points lost` : 'less than the axis shows';
  const notes = [
    ...(points.some(away) ? [`open triangles: ${beyondIs}`] : []),
    ...(broken.length > 0 ? [AXIS_BREAK_NOTE] : []),
  ];
  layout.annotations = [
    {
      ...{ text: notes.join(stacked ? '<br>' : '; '), align: 'right', showarrow: false },
      ...{ xref: 'paper', yref: 'paper', x: 1, xanchor: 'right' },
      ...{ y: 0, yanchor: 'top', yshift: -52, font: { size: 11, color: theme.muted } },
    },
  ];
  const unit = measure === 'loss' ? 'points lost' : '% left';
  const inWords = ways.map((way) => {
    const own = points.filter((point) => point.way === way).sort((a, b) => b.kernelsKept.mean - a.kernelsKept.mean);
    const marks = own.map((point) => `${number1(value(point).mean, measure)} with ${percent(point.kernelsKept.mean)}`);
    return `${shortened(way, 40)}: ${marks.join(', ')}`;
  });
  return figureFrame(theme, {
    title,
    subtitle,
    size,
    inWords: `The network ${percent(strong)}. ${unit} and kernels kept: ${inWords.join('; ')}.`,
    data,
    published: publishedValues(points),
    layout,
    table: splitFrontTable(rows),
  });
}

/** From what is lost least (or zero) to what is lost most, or to the limit. */
function valueRange(
  values: readonly FrontPoint['loss'][],
  measure: 'loss' | 'accuracy',
  strong: number,
  mostLoss: number,
): [number, number] {
  const low = values.map(({ mean, std }) => mean - (std ?? 0));
  const high = values.map(({ mean, std }) => mean + (std ?? 0));
  if (measure === 'loss') {
    const most = Math.min(mostLoss, Math.max(...high, PUBLISHED_SPLIT_MEAN.lossPoints) * 1.08);
    const least = Math.min(...low);
    return [least < 0 ? least - 0.04 * (most - least) : 0, most];
  }
  const least = Math.max(0, strong - mostLoss / 100, Math.min(...low) - 0.01);
  return [least, Math.min(1.005, Math.max(...high, strong) + 0.01)];
}
