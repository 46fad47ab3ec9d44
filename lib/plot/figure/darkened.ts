import type { FigureSpec } from './figure-spec.js';
import { recoloured } from './recoloured.js';
import { THEMES } from './theme.js';

/** Colours of the light theme → those that stand for them in the dark one. */
export const DARK_FOR_LIGHT: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(THEMES.light).flatMap(([name, light]) => {
    const dark = THEMES.dark[name as keyof typeof THEMES.dark];
    return [light].flat().map((colour: string, i) => [colour, [dark].flat()[i] ?? colour]);
  }),
);

/** A figure of the light theme in the colours of the dark one; null for any other. */
export function darkened<F extends Pick<FigureSpec, 'data' | 'layout'>>(figure: F): F | null {
  if (figure.layout.paper_bgcolor !== THEMES.light.paper) return null;
  return {
    ...figure,
    data: recoloured(figure.data, DARK_FOR_LIGHT),
    layout: recoloured(figure.layout, DARK_FOR_LIGHT),
  };
}
