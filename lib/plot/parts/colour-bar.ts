import type { ColourBar } from '../figure/plotly-json.js';

/** What the colours of a heat-map mean, on its right. @param title with its unit; Plotly's markup */
export function colourBar(title: string, ticks: Pick<ColourBar, 'tickformat' | 'nticks'> = {}): ColourBar {
  const { tickformat, nticks } = ticks;
  return {
    title: { text: title, side: 'top', font: { size: 12 } },
    tickfont: { size: 11 },
    ...(tickformat === undefined ? {} : { tickformat }),
    thickness: 14,
    outlinewidth: 0,
    ...(nticks === undefined ? {} : { nticks }),
  };
}
