/** How a window moves over a map. */
export interface PlannedWindow {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations?: readonly [number, number];
  /** Rows above and columns left of the map that the first window covers. */
  readonly padding: readonly [number, number];
}

/**
 * Size, strides, dilations and padding of an operation's window in the order in which the addon's plans read them; of an operation
 * with a stride alone, such as one that copies channels, a window of one pixel.
 */
export function windowNumbers(operation: object): number[] {
  const stride = 'stride' in operation ? (operation.stride as number) : 1;
  const window: PlannedWindow =
    'window' in operation
      ? (operation.window as PlannedWindow)
      : { size: [1, 1], strides: [stride, stride], padding: [0, 0] };
  return [...window.size, ...window.strides, ...(window.dilations ?? [1, 1]), ...window.padding];
}
