/** What the addon can apply to the result of a convolution or matrix product, with its number in addon/activation.h. */
export const ACTIVATIONS: Partial<Record<string, number>> = {
  linear: 0,
  relu: 1,
  relu6: 2,
  elu: 3,
  sigmoid: 4,
  leakyrelu: 5,
};
