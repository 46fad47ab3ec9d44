/** The axes of one of several panels, as traces (`y2`) and layouts (`yaxis2`) name them. */
export interface PanelAxes {
  readonly x: `x${string}`;
  readonly y: `y${string}`;
  readonly xaxis: `xaxis${string}`;
  readonly yaxis: `yaxis${string}`;
}

/** The axes of the panel at a place, from 0. */
export function panelAxes(place: number): PanelAxes {
  const number = place === 0 ? '' : String(place + 1);
  return { x: `x${number}`, y: `y${number}`, xaxis: `xaxis${number}`, yaxis: `yaxis${number}` };
}

/** One of several panels in a row or column. */
export interface PanelPlace extends PanelAxes {
  /** From where to where it reaches, as shares of the plot: upwards in a column, to the right in a row. */
  readonly domain: [number, number];
}

/**
 * Panels below each other, the first on top. They share one horizontal axis, which belongs to the lowest: its `anchor` is the last
 * panel's `y`.
 * @param heights of the panels in proportion to each other; a number is that of panels of the same height
 * @param gap between two panels, as a share of the plot's height
 */
export function stackedPanels(heights: number | readonly number[], gap: number): PanelPlace[] {
  const parts = typeof heights === 'number' ? Array.from({ length: heights }, () => 1) : heights;
  const unit = (1 - gap * (parts.length - 1)) / parts.reduce((sum, height) => sum + height, 0);
  let top = 1;
  return parts.map((height, place) => {
    const domain: [number, number] = [Math.max(0, top - height * unit), top];
    top -= height * unit + gap;
    return { ...panelAxes(place), domain };
  });
}

/** Panels of the same width beside each other, from the left. @param gap between two, as a share of the plot's width */
export function panelsBeside(count: number, gap: number): PanelPlace[] {
  const share = (1 - gap * (count - 1)) / count;
  return Array.from({ length: count }, (_, place) => {
    const start = place * (share + gap);
    return { ...panelAxes(place), domain: [start, Math.min(1, start + share)] };
  });
}
