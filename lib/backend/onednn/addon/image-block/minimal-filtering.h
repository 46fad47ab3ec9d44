#pragma once
#include <cstdint>

#include "image-block/image-vector.h"

namespace modulab {

/**
 * Winograd's minimal filtering with kernels of 3 × 3 (Lavin & Gray, Fast Algorithms for Convolutional Neural Networks, 2016):
 * results = Aᵀ (G g ⊙ Bᵀ d), here along one dimension. Values lie `apart` from each other, results `step`.
 */
struct FilteringOf4 {
  static constexpr int kResults = 4, kSide = 6;
  /** Instructions for a tile of a channel, with its way through memory. */
  static constexpr double kInputCost = 250, kOutputCost = 200;

  static void transformInput(const ImageVector* d, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector d1 = d[apart], d2 = d[2 * apart], d3 = d[3 * apart], d4 = d[4 * apart];
    const ImageVector a = d4 - 4.0f * d2, b = d3 - 4.0f * d1, c = d4 - d2, e = 2.0f * (d3 - d1);
    result[0] = 4.0f * d[0] - 5.0f * d2 + d4;
    result[step] = a + b;
    result[2 * step] = a - b;
    result[3 * step] = c + e;
    result[4 * step] = c - e;
    result[5 * step] = 4.0f * d1 - 5.0f * d3 + d[5 * apart];
  }

  static void transformOutput(const ImageVector* m, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector m1 = m[apart], m2 = m[2 * apart], m3 = m[3 * apart], m4 = m[4 * apart];
    const ImageVector a = m1 + m2, b = m1 - m2, c = m3 + m4, e = m3 - m4;
    result[0] = m[0] + a + c;
    result[step] = b + 2.0f * e;
    result[2 * step] = a + 4.0f * c;
    result[3 * step] = b + 8.0f * e + m[5 * apart];
  }

  static void transformKernel(const double* g, int64_t apart, double* result, int64_t step) {
    const double sum = g[0] + g[2 * apart], middle = g[apart], far = g[0] / 24 + g[2 * apart] / 6;
    result[0] = g[0] / 4;
    result[step] = -(sum + middle) / 6;
    result[2 * step] = -(sum - middle) / 6;
    result[3 * step] = far + middle / 12;
    result[4 * step] = far - middle / 12;
    result[5 * step] = g[2 * apart];
  }
};

/** For maps so small that tiles of four would be empty for the most part. */
struct FilteringOf2 {
  static constexpr int kResults = 2, kSide = 4;
  static constexpr double kInputCost = 110, kOutputCost = 80;

  static void transformInput(const ImageVector* d, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector d1 = d[apart], d2 = d[2 * apart];
    result[0] = d[0] - d2;
    result[step] = d1 + d2;
    result[2 * step] = d2 - d1;
    result[3 * step] = d1 - d[3 * apart];
  }

  static void transformOutput(const ImageVector* m, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector m1 = m[apart], m2 = m[2 * apart];
    result[0] = m[0] + m1 + m2;
    result[step] = m1 - m2 - m[3 * apart];
  }

  static void transformKernel(const double* g, int64_t apart, double* result, int64_t step) {
    const double sum = g[0] + g[2 * apart], middle = g[apart];
    result[0] = g[0];
    result[step] = (sum + middle) / 2;
    result[2 * step] = (sum - middle) / 2;
    result[3 * step] = g[2 * apart];
  }
};

}  // namespace modulab
