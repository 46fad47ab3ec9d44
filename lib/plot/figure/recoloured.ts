/**
 * A copy with other colours. Only what Plotly reads as a colour is changed, and colours of spans in texts: names are left alone.
 * Pages use it as well, so it must not use anything of Node's.
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
