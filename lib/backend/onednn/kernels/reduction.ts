/** What the addon offers for the kernels of this file. */
export type ReductionFunctions = object;

export function registerReduction(): void {}
