import type { FigureSpec } from './figure-spec.js';
import { THEMES } from './theme.js';

/** Colours of the light theme → those that stand for them in the dark one. */
export const DARK_FOR_LIGHT: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(THEMES.light).flatMap(([name, light]) => {
    const dark = THEMES.dark[name as keyof typeof THEMES.dark];
    return [light].flat().map((colour: string, i) => [colour, [dark].flat()[i]]);
  }),
);

/**
 * A copy with other colours. Only what Plotly reads as a colour is changed, and colours of spans in texts: names are left alone.
 * Runs in browsers as well, by its source: it must not use anything but its arguments.
 */
export function recoloured<T>(value: T, colours: Readonly<Record<string, string>>, isColour = false): T {
  if (typeof value === 'string') {
    const other = isColour
      ? (colours[value] ?? value)
      : value.replace(/<span style="color:(#[0-9a-f]{6})">/g, (span, colour: string) =>
          span.replace(colour, colours[colour] ?? colour),
        );
    return other as T;
  }
  if (Array.isArray(value)) return value.map((part: unknown) => recoloured(part, colours, isColour)) as T;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]: [string, unknown]) => [
      key,
      recoloured(part, colours, /color/.test(key) && key !== 'colorbar'),
    ]),
  ) as T;
}

/** A figure of the light theme in the colours of the dark one; null for any other. */
export function darkened<F extends Pick<FigureSpec, 'data' | 'layout'>>(figure: F): F | null {
  if (figure.layout.paper_bgcolor !== THEMES.light.paper) return null;
  return {
    ...figure,
    data: recoloured(figure.data, DARK_FOR_LIGHT),
    layout: recoloured(figure.layout, DARK_FOR_LIGHT),
  };
}
