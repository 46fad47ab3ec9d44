#pragma once
#include "layers/convolution-shape.h"

namespace modulab {

/** [height, width, in, out] turned round and as [height, width, out, in]: what a result's gradient is convolved with. */
void transposeKernel(const ConvolutionShape& shape, const float* kernel, float* out);

}  // namespace modulab
