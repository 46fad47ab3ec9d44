/// <reference lib="dom" />
import { recoloured } from '../figure/recoloured.js';

/** A figure as it travels to a page. */
export interface PageFigure {
  readonly data: readonly unknown[];
  readonly layout: { readonly paper_bgcolor?: string };
}

/** The colours of the dark theme, by those of the light one that they stand for, and the light theme's paper. */
export interface PageColours {
  readonly dark: Readonly<Record<string, string>>;
  readonly lightPaper: string;
}

declare global {
  interface Window {
    Plotly?: { newPlot(place: HTMLElement, data: unknown, layout: unknown, config: object): unknown };
    /** Puts an interactive plot in the place of a figure's picture. */
    modulabDraw?: (place: HTMLElement, figure: PageFigure) => void;
  }
}

const CONFIG = { displaylogo: false, showSendToCloud: false, responsive: false, typesetMath: false };

/**
 * Makes `modulabDraw` available on a page. A figure in the light theme turns dark where the page behind it is dark (Jupyter's or VS
 * Code's theme, or the viewer's preference on pages that follow it), and again when that changes.
 */
export function installDrawing({ dark, lightPaper }: PageColours): void {
  if (window.modulabDraw) return;
  const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');
  const drawn = new Map<HTMLElement, PageFigure>();
  const draw = (place: HTMLElement, figure: PageFigure) => {
    drawn.set(place, figure);
    const turned = figure.layout.paper_bgcolor === lightPaper && isOnDark(place.parentElement, prefersDark);
    const { data, layout } = turned ? recoloured(figure, dark) : figure;
    place.replaceChildren();
    window.Plotly!.newPlot(place, data, layout, CONFIG);
  };
  prefersDark.addEventListener('change', () => {
    for (const [place, figure] of drawn) {
      if (place.isConnected) draw(place, figure);
      else drawn.delete(place);
    }
  });
  window.modulabDraw = draw;
}

/** Whether the first background that is not transparent, from the place outwards, is dark. */
function isOnDark(place: HTMLElement | null, prefersDark: MediaQueryList): boolean {
  for (let node = place; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor.match(/[\d.]+/g) ?? [];
    const [red = 0, green = 0, blue = 0, alpha = 0] = colour.map(Number);
    if (colour.length === 3 || alpha > 0.5) return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
  }
  return /dark/.test(getComputedStyle(document.documentElement).colorScheme) && prefersDark.matches;
}
