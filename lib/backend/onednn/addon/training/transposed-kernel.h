#pragma once
#include "layers/convolution-shape.h"

namespace modulab {

/** The convolution with steps of 1 that gives the gradient of the input from that of the result, spread where steps are wider. */
ConvolutionShape gradientShape(const ConvolutionShape& shape);

/** [height, width, in, out] turned round and as [height, width, out, in]: what a result's gradient is convolved with. */
void transposeKernel(const ConvolutionShape& shape, const float* kernel, float* out);

}  // namespace modulab
