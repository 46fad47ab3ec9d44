/** What the addon offers for the kernels of this file. */
export type LayoutFunctions = object;

export function registerLayout(): void {}
