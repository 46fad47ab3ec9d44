/** What the addon offers for the kernels of this file. */
export type PoolingFunctions = object;

export function registerPooling(): void {}
