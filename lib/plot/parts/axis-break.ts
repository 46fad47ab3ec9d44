import type { Shape } from '../figure/plotly-json.js';
import type { Theme } from '../figure/theme.js';

/** What the strokes of {@link axisBreak} mean, for a subtitle. */
export const AXIS_BREAK_NOTE = '// axis that does not start at 0';

/**
 * Two slanted strokes across an axis near its origin: it does not start at zero.
 * @param side 'x': the axis below the plot, 'y': the one on its left
 * @param corner lower left corner of the plot area, 0–1 of the figure's area without margins
 * @returns a Plotly shape
 */
export function axisBreak(side: 'x' | 'y', corner: { x: number; y: number }, theme: Theme): Shape {
  // along the axis, in pixels from the corner; y grows upwards
  const strokes = [7, 11].map((at) => (side === 'x' ? `M${at - 2},-5L${at + 2},5` : `M-5,${at - 2}L5,${at + 2}`));
  return {
    type: 'path',
    path: strokes.join(''),
    ...{ xref: 'paper', yref: 'paper', xsizemode: 'pixel', ysizemode: 'pixel', xanchor: corner.x, yanchor: corner.y },
    line: { color: theme.text, width: 1.5 },
  };
}
