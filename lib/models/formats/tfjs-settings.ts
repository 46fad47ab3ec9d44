/** A layer's settings under tfjs's own names (`kernelSize`, 'channelsLast') from Keras 2's (`kernel_size`, 'channels_last'). */
export function tfjsSettings(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value === 'channels_last' ? 'channelsLast' : value,
    ]),
  );
}
