/** Which kernels (output channels) of each convolution layer are kept: layer name → one 0/1 per kernel. */
export type KernelSelection = { [convLayer: string]: Uint8Array };
