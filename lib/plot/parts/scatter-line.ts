import { inert, shortened } from '../figure/label.js';
import { rounded } from '../figure/number-format.js';
import type { Trace } from '../figure/plotly-json.js';
import type { Theme } from '../figure/theme.js';

const SYMBOLS = ['circle', 'square', 'diamond', 'triangle-up', 'x', 'cross'];

/** One line with markers over a numeric axis. Lines of another place differ in colour, and from the fifth on in marker. */
export function scatterLine(line: {
  name: string;
  x: readonly number[];
  y: readonly number[];
  /** Which colour and marker. */
  place: number;
  theme: Theme;
  /** What a hover shows of a point, without the name. */
  hover: string;
  dash?: 'solid' | 'dot';
  /** Half-lengths of bars about the points. */
  bars?: readonly number[];
  /** Open markers without a line: values from elsewhere. */
  readings?: boolean;
}): Trace {
  const { name, x, y, place, theme, hover, dash = 'solid', readings = false } = line;
  const colour = theme.series[place % theme.series.length];
  const symbol = SYMBOLS[(place + Math.floor(place / theme.series.length)) % SYMBOLS.length];
  const label = inert(shortened(name, 60));
  return {
    type: 'scatter',
    mode: readings ? 'markers' : 'lines+markers',
    name: label,
    x,
    y: y.map(rounded),
    line: { color: colour, width: dash === 'dot' ? 1.5 : 2, dash },
    marker: readings
      ? { size: 10, symbol: `${symbol}-open`, color: colour, line: { width: 2, color: colour } }
      : { size: dash === 'dot' ? 4 : 6, symbol, color: colour },
    ...(line.bars
      ? { error_y: { type: 'data', array: line.bars.map(rounded), thickness: 1, width: 2, color: colour } }
      : {}),
    hovertemplate: `${hover}<extra>${label}</extra>`,
  };
}
