import { OptionError } from '../../errors.js';
import { fitted } from './fitted.js';
import { FONT_FAMILY } from './fonts.js';
import { inert, plainText } from './label.js';
import type { Axis, FigureLayout } from './plotly-json.js';
import { textWidth } from './text-width.js';

/** Colours of figures on a light or a dark page. */
export type ThemeName = 'light' | 'dark';

/** What every figure takes. */
export interface FigureOptions {
  /** Default: the environment variable MODULAB_THEME, else 'light'. */
  theme?: ThemeName;
  /** Replaces the figure's own title. */
  title?: string;
}

/**
 * Colours of one theme. The series are the hues of the Okabe–Ito palette, made darker or more saturated where they stood out too
 * little from the paper or, to readers without red or green cones, from each other; all-figures.test.ts measures both.
 */
export interface Theme {
  readonly paper: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly band: string;
  readonly before: string;
  readonly after: string;
  readonly series: readonly [string, string, string, string];
  readonly wrong: string;
  /** Sequential scale from "nothing" (near the paper) to "most"; lightness changes monotonically. */
  readonly scale: readonly [string, string, ...string[]];
}

const OKABE_ITO = { orange: '#e69f00', sky: '#56b4e9', green: '#009e73', blue: '#0072b2', vermillion: '#d55e00' };

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  light: {
    paper: '#ffffff',
    text: '#1f2328',
    muted: '#57606a',
    grid: '#dfe3e8',
    band: '#fff3cc',
    before: '#bd7700',
    after: OKABE_ITO.blue,
    series: [OKABE_ITO.blue, OKABE_ITO.vermillion, OKABE_ITO.green, '#c46a9c'],
    wrong: '#b34700',
    scale: ['#ffffff', '#d9e7f3', '#a9cce3', '#6aa9d0', '#2f81b7', '#0a5a94', '#08325a'],
  },
  dark: {
    paper: '#16191d',
    text: '#e6e8eb',
    muted: '#a3abb5',
    grid: '#3a4048',
    band: '#3d3414',
    before: OKABE_ITO.orange,
    after: OKABE_ITO.sky,
    series: [OKABE_ITO.sky, OKABE_ITO.orange, '#10b981', '#d46cbe'],
    wrong: '#ff8c42',
    scale: ['#16191d', '#0d2c47', '#0f4a78', '#1f70a8', '#4a9bd0', '#93c6e8', '#f2f8fc'],
  },
};

/** The theme asked for, by option or by environment. */
export function themeOf(options: FigureOptions): Theme {
  const name = options.theme ?? (process.env.MODULAB_THEME || 'light');
  if (!Object.hasOwn(THEMES, name)) {
    throw new OptionError(`theme: expected 'light' or 'dark' (option or MODULAB_THEME), got '${name}'.`);
  }
  return THEMES[name as ThemeName];
}

/** Plotly colour scale: `stops` colours spread by `place`, which maps 0–1 to 0–1. */
export function colourScale(theme: Theme, place: (t: number) => number = (t) => t): [number, string][] {
  return theme.scale.map((colour, i) => [place(i / (theme.scale.length - 1)), colour]);
}

/** Size and colours common to all figures. Margins are in pixels and already hold the labels. */
export function baseLayout(
  theme: Theme,
  heading: { title: string; subtitle?: string },
  size: { width: number; height: number; margin: { l: number; r: number; t: number; b: number } },
): FigureLayout {
  const title = fittedHeading(heading.title, size.width, 16, 13);
  const subtitle = fittedHeading(heading.subtitle ?? '', size.width, 12, 10);
  return {
    width: size.width,
    height: size.height,
    autosize: false,
    margin: { ...size.margin, pad: 0 },
    paper_bgcolor: theme.paper,
    plot_bgcolor: theme.paper,
    font: { family: FONT_FAMILY, size: 12, color: theme.text },
    title: {
      text: title.text,
      subtitle: { text: subtitle.text, font: { size: subtitle.size, color: theme.muted } },
      font: { size: title.size, color: theme.text },
      x: 0,
      xref: 'container',
      xanchor: 'left',
      y: 1,
      yref: 'container',
      yanchor: 'top',
      pad: { l: 16, t: 14, r: 0, b: 0 },
    },
    hoverlabel: { font: { family: FONT_FAMILY }, namelength: -1 },
    legend: {
      orientation: 'h',
      traceorder: 'normal',
      x: 1,
      xanchor: 'right',
      y: 1 - 64 / size.height,
      yref: 'container',
      yanchor: 'top',
    },
  };
}

/** A heading in the largest font in which it fits the figure, cut where it does not fit even in the smallest. */
function fittedHeading(
  markup: string,
  width: number,
  largest: number,
  smallest: number,
): { text: string; size: number } {
  const [plain, widest] = [plainText(markup), width - 24];
  for (let size = largest; size >= smallest; size--) {
    if (textWidth(plain, size) <= widest) return { text: markup, size };
  }
  return { text: inert(fitted(plain, widest, smallest)), size: smallest };
}

/** Axis lines, grid and title in the theme's colours. */
export function axisStyle(theme: Theme, title: string): Axis {
  return {
    title: { text: title, font: { size: 12, color: theme.text }, standoff: 8 },
    gridcolor: theme.grid,
    linecolor: theme.muted,
    zerolinecolor: theme.muted,
    tickcolor: theme.muted,
    tickfont: { size: 11, color: theme.text },
    automargin: false,
  };
}

/** An axis of ratios 0–1, labelled in percent. */
export function percentAxis(theme: Theme, title: string): Axis {
  return { ...axisStyle(theme, `${title} (%)`), range: [0, 1.02], tickformat: '.0%', nticks: 6 };
}
