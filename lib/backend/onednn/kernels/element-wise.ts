/** What the addon offers for the kernels of this file. */
export type ElementWiseFunctions = object;

export function registerElementWise(): void {}
