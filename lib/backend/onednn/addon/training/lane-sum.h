#pragma once
#include <cstdint>
#include <cstring>

#include "../image-block/image-vector.h"

namespace modulab {

/** All lanes added up, by halves. */
inline float laneSum(const ImageVector& vector) {
  float lanes[kBlockImages];
  std::memcpy(lanes, &vector, sizeof lanes);
  for (int64_t half = kBlockImages / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; i++) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

namespace lanes {

typedef int32_t Places __attribute__((vector_size(sizeof(int32_t) * kBlockImages)));

/** Of two vectors whose lanes hold sums in groups of 2 · half: the halves of each added up, the second's behind the first's. */
template <int64_t half>
inline ImageVector addHalves(const ImageVector& a, const ImageVector& b) {
  Places low, high;
  for (int64_t lane = 0; lane < kBlockImages; lane++) {
    const bool isSecond = lane % (2 * half) >= half;
    low[lane] = static_cast<int32_t>(isSecond ? kBlockImages + lane - half : lane);
    high[lane] = static_cast<int32_t>(isSecond ? kBlockImages + lane : lane + half);
  }
  return __builtin_shuffle(a, b, low) + __builtin_shuffle(a, b, high);
}

template <int64_t half>
inline ImageVector addAll(const ImageVector* vectors) {
  if constexpr (half == 0) return vectors[0];
  else return addHalves<half>(addAll<half / 2>(vectors), addAll<half / 2>(vectors + half));
}

}  // namespace lanes

/** Of `count` vectors all lanes added up; writes, and reads, up to whole multiples of kBlockImages. */
inline void laneSums(const ImageVector* vectors, int count, float* out) {
  int i = 0;
  for (; i + kBlockImages <= count; i += static_cast<int>(kBlockImages)) {
    const ImageVector sums = lanes::addAll<kBlockImages / 2>(vectors + i);
    std::memcpy(out + i, &sums, sizeof sums);
  }
  if (i == count) return;
  ImageVector rest[kBlockImages] = {};
  for (int j = i; j < count; j++) rest[j - i] = vectors[j];
  const ImageVector sums = lanes::addAll<kBlockImages / 2>(rest);
  std::memcpy(out + i, &sums, sizeof sums);
}

/** The first `count` lanes added up. */
inline double laneSum(const ImageVector& vector, int64_t count) {
  float lanes[kBlockImages];
  std::memcpy(lanes, &vector, sizeof lanes);
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += lanes[i];
  return sum;
}

/** 1 in the first `count` lanes, 0 in the others. */
inline ImageVector firstLanes(int64_t count) {
  float lanes[kBlockImages] = {};
  for (int64_t i = 0; i < count && i < kBlockImages; i++) lanes[i] = 1;
  ImageVector mask;
  std::memcpy(&mask, lanes, sizeof lanes);
  return mask;
}

}  // namespace modulab
