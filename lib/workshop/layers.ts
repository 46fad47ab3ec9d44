/** The layers that part 3 simplifies: the first convolution of each block, whose kernels are added to nothing. */
export const LAYERS: readonly string[] = ['conv1', 'conv3', 'conv5'];
