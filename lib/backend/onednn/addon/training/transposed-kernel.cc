#include "training/transposed-kernel.h"

#include <algorithm>

namespace modulab {

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
