/** What the addon offers for the kernels of this file. */
export type BatchNormFunctions = object;

export function registerBatchNorm(): void {}
