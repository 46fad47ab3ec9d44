#include "training/transposed-kernel.h"

#include <algorithm>

namespace modulab {

ConvolutionShape gradientShape(const ConvolutionShape& s) {
  return {1,
          (s.outHeight - 1) * s.strideHeight + 1,
          (s.outWidth - 1) * s.strideWidth + 1,
          s.outChannels,
          s.height,
          s.width,
          s.channels,
          s.filterHeight,
          s.filterWidth,
          1,
          1,
          s.dilationHeight,
          s.dilationWidth,
          (s.filterHeight - 1) * s.dilationHeight - s.padTop,
          (s.filterWidth - 1) * s.dilationWidth - s.padLeft,
          1};
}

void transposeKernel(const ConvolutionShape& shape, const float* kernel, float* out) {
  // Squares that stay in the first cache both ways.
  constexpr int64_t kSide = 16;
  const int64_t inputs = shape.channels, outputs = shape.outChannels, places = int64_t{shape.filterHeight} * shape.filterWidth;
  for (int64_t place = 0; place < places; place++) {
    const float* from = kernel + place * inputs * outputs;
    float* to = out + (places - 1 - place) * inputs * outputs;
    for (int64_t c = 0; c < inputs; c += kSide) {
      for (int64_t k = 0; k < outputs; k += kSide) {
        for (int64_t i = c; i < std::min(inputs, c + kSide); i++) {
          for (int64_t j = k; j < std::min(outputs, k + kSide); j++) to[j * inputs + i] = from[i * outputs + j];
        }
      }
    }
  }
}

}  // namespace modulab
