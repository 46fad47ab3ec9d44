#pragma once
#include <cstdint>

#include "image-block/image-vector.h"

namespace modulab {

/**
 * Winograd's minimal filtering with kernels of 3 × 3 (Lavin & Gray, Fast Algorithms for Convolutional Neural Networks, 2016):
 * results = Aᵀ (G g ⊙ Bᵀ d), here along one dimension. Values lie `apart` from each other, results `step`.
 */
struct FilteringOf4 {
  static constexpr int kKernel = 3, kResults = 4, kSide = 6;
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

  /** The transpose of transformOutput: what the gradient of the results goes through where kernels are differentiated. */
  static void transformGradient(const ImageVector* r, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector r1 = r[apart], r2 = r[2 * apart], r3 = r[3 * apart];
    const ImageVector even = r[0] + r2, odd = r1 + r3, evenFar = r[0] + 4.0f * r2, oddFar = 2.0f * r1 + 8.0f * r3;
    result[0] = r[0];
    result[step] = even + odd;
    result[2 * step] = even - odd;
    result[3 * step] = evenFar + oddFar;
    result[4 * step] = evenFar - oddFar;
    result[5 * step] = r3;
  }

  /** The transpose of transformKernel. */
  static void transformKernelGradient(const ImageVector* u, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector near = u[apart] + u[2 * apart], far = u[3 * apart] + u[4 * apart];
    result[0] = u[0] / 4.0f - near / 6.0f + far / 24.0f;
    result[step] = (u[2 * apart] - u[apart]) / 6.0f + (u[3 * apart] - u[4 * apart]) / 12.0f;
    result[2 * step] = (far - near) / 6.0f + u[5 * apart];
  }

  /** @tparam Value double, or float32 kernels beside each other */
  template <class Value>
  static void transformKernel(const Value* g, int64_t apart, Value* result, int64_t step) {
    const Value sum = g[0] + g[2 * apart], middle = g[apart], far = g[0] / 24 + g[2 * apart] / 6;
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
  static constexpr int kKernel = 3, kResults = 2, kSide = 4;
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

  static void transformGradient(const ImageVector* r, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector r1 = r[apart];
    result[0] = r[0];
    result[step] = r[0] + r1;
    result[2 * step] = r[0] - r1;
    result[3 * step] = -r1;
  }

  static void transformKernelGradient(const ImageVector* u, int64_t apart, ImageVector* result, int64_t step) {
    const ImageVector half = (u[apart] + u[2 * apart]) / 2.0f;
    result[0] = u[0] + half;
    result[step] = (u[apart] - u[2 * apart]) / 2.0f;
    result[2 * step] = half + u[3 * apart];
  }

  template <class Value>
  static void transformKernel(const Value* g, int64_t apart, Value* result, int64_t step) {
    const Value sum = g[0] + g[2 * apart], middle = g[apart];
    result[0] = g[0];
    result[step] = (sum + middle) / 2;
    result[2 * step] = (sum - middle) / 2;
    result[3 * step] = g[2 * apart];
  }
};

}  // namespace modulab
