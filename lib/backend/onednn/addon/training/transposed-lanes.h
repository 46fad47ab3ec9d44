#pragma once
#include <cstdint>

#include "image-block/image-vector.h"

namespace modulab {

typedef int32_t LanePlaces __attribute__((vector_size(sizeof(int32_t) * kBlockImages)));

/** Halves the distance at which lanes and vectors change places, from `apart` on. */
template <int64_t apart>
inline void transposeLanes(ImageVector* vectors) {
  LanePlaces first, second;
  for (int64_t lane = 0; lane < kBlockImages; lane++) {
    const bool isBehind = (lane & apart) != 0;
    first[lane] = static_cast<int32_t>(isBehind ? kBlockImages + lane - apart : lane);
    second[lane] = static_cast<int32_t>(isBehind ? kBlockImages + lane : lane + apart);
  }
  for (int64_t i = 0; i < kBlockImages; i++) {
    if ((i & apart) != 0) continue;
    const ImageVector a = vectors[i], b = vectors[i + apart];
    vectors[i] = __builtin_shuffle(a, b, first);
    vectors[i + apart] = __builtin_shuffle(a, b, second);
  }
  if constexpr (apart > 1) transposeLanes<apart / 2>(vectors);
}

/** Of kBlockImages vectors: vector i's lane j becomes vector j's lane i. */
inline void transposeLanes(ImageVector* vectors) { transposeLanes<kBlockImages / 2>(vectors); }

}  // namespace modulab
