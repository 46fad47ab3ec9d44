import { Figure } from '../figure/figure.js';
import type { FigureSpec } from '../figure/figure-spec.js';
import { inert, shortened } from '../figure/label.js';
import type { FigureLayout, Trace } from '../figure/plotly-json.js';
import { baseLayout, type Theme } from '../figure/theme.js';

/** Pixels between the edges of a figure and of its plot; labels, titles and the legend lie in them. */
export interface Margin {
  readonly l: number;
  readonly r: number;
  readonly t: number;
  readonly b: number;
}

/** Pixels of a whole figure. */
export interface FigureSize {
  readonly width: number;
  readonly height: number;
  readonly margin: Margin;
}

/** What differs between figures; the frame is the same for all. */
export interface FramedFigure extends Pick<FigureSpec, 'published' | 'table'> {
  /** Any text. */
  readonly title: string;
  /** Stands above the figure instead of the title: Plotly's markup. */
  readonly heading?: string;
  /** Stands below the title: Plotly's markup. */
  readonly subtitle?: string;
  /** What the figure says, behind its title, to readers who do not see it: plain text. */
  readonly inWords: string;
  readonly size: FigureSize;
  readonly data: readonly Trace[];
  /** Axes, legend and marks. */
  readonly layout: FigureLayout;
}

/** A figure with all that figures have in common: heading, alternative text, size, and the theme's colours and fonts. */
export function figureFrame(theme: Theme, framed: FramedFigure): Figure {
  const { title, heading = inert(shortened(title)), subtitle, inWords, size, data, layout, published, table } = framed;
  return new Figure({
    ...{ title, data, published, table },
    altText: `${shortened(title)}. ${inWords}`,
    layout: { ...baseLayout(theme, { title: heading, subtitle }, size), ...layout },
  });
}

/** The size of a figure around a plot of so many pixels, not smaller than `least`. */
export function sizeAround(
  plot: { readonly width: number; readonly height: number },
  margin: Margin,
  least: { readonly width?: number; readonly height?: number } = {},
): FigureSize {
  return {
    width: Math.max(least.width ?? 0, Math.round(plot.width + margin.l + margin.r)),
    height: Math.max(least.height ?? 0, Math.round(plot.height + margin.t + margin.b)),
    margin,
  };
}
