import { fitted } from '../figure/fitted.js';
import { inert, shortened } from '../figure/label.js';
import type { Axis } from '../figure/plotly-json.js';
import { textWidth } from '../figure/text-width.js';
import { axisStyle, type Theme } from '../figure/theme.js';

/** An axis with one place per class, at 0, 1, 2, …; names may repeat, look like numbers or be cut to the same text. */
export interface ClassAxis {
  readonly axis: Axis;
  /** Pixels that labels and title need beside the plot. */
  readonly margin: number;
}

const LONGEST_LABEL = 170;

/**
 * @param names one per place, as they came from the file
 * @param slot pixels between two places
 * @param side 'x' below (or above) the plot, 'y' on its left with the first class on top
 * @param marked place whose label is set in bold
 */
export function classAxis(
  names: readonly string[],
  theme: Theme,
  { side, slot, title, marked = -1 }: { side: 'x' | 'y'; slot: number; title: string; marked?: number },
): ClassAxis {
  const fontSize = Math.max(7, Math.min(11, Math.floor(slot * 0.85)));
  const labels = names.map((name) => fitted(name, LONGEST_LABEL, fontSize));
  const longest = Math.max(0, ...labels.map((label, i) => textWidth(label, fontSize, i === marked)));
  const angle = side === 'y' || longest + 6 <= slot ? 0 : slot >= 30 ? -45 : -90;
  const reach = side === 'y' || angle === -90 ? longest : angle === 0 ? fontSize : (longest + fontSize) * Math.SQRT1_2;
  const last = names.length - 0.5;
  return {
    axis: {
      ...axisStyle(theme, title),
      title: { text: title, font: { size: 12, color: theme.text }, standoff: 10 },
      tickmode: 'array',
      tickvals: names.map((_, i) => i),
      ticktext: labels.map((label, i) => (i === marked ? `<b>${inert(label)}</b>` : inert(label))),
      ...(labels.some((label, i) => label !== names[i])
        ? { categoryarray: names.map((name) => inert(shortened(name))) } // names in full, for the figure's table
        : {}),
      tickangle: angle,
      tickfont: { size: fontSize, color: theme.text },
      ticks: '',
      range: side === 'y' ? [last, -0.5] : [-0.5, last],
      showgrid: false,
      zeroline: false,
    },
    margin: Math.ceil(reach + 38),
  };
}

/** Whether any name is shown cut on an axis, so that hover texts must carry the full names. */
export function anyLabelCut(names: readonly string[]): boolean {
  return names.some((name) => fitted(name, LONGEST_LABEL, 11) !== name);
}
