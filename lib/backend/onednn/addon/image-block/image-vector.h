#pragma once
#include <cstdint>

namespace modulab {

/**
 * The same pixel of the same channel of so many images beside each other: one register of this processor. Whatever the number
 * of channels, no lane is ever idle, which is what networks with a third of their kernels cut out need.
 */
#if defined(__AVX512F__)
constexpr int64_t kBlockImages = 16;
/** Results that an inner loop holds in registers: kernels × pixels, of 32 or 16 registers. */
constexpr int kTileKernels = 6, kTilePixels = 4;
#elif defined(__AVX__)
constexpr int64_t kBlockImages = 8;
constexpr int kTileKernels = 6, kTilePixels = 2;
#else
constexpr int64_t kBlockImages = 4;
constexpr int kTileKernels = 6, kTilePixels = 2;
#endif
typedef float ImageVector __attribute__((vector_size(sizeof(float) * kBlockImages)));

/** Lane by lane: at least `low`, at most `high`; NaN stays. */
inline ImageVector clamp(ImageVector value, float low, float high) {
  const ImageVector least = ImageVector{} + low, most = ImageVector{} + high;
  value = value < least ? least : value;
  return value > most ? most : value;
}

}  // namespace modulab
