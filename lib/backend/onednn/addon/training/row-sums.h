#pragma once
#include <cstdint>

#include "image-block/block-map.h"

namespace modulab {

/** Sum over a channel's pixels of term(place), lane by lane, in four sums that do not wait for each other. */
template <class Term>
inline ImageVector sumOfChannel(const BlockMap& map, int64_t channel, const Term& term) {
  ImageVector sums[4] = {};
  for (int64_t y = 0; y < map.height; y++) {
    const int64_t row = map.at(channel, y, 0);
    int64_t x = 0;
    for (; x + 4 <= map.width; x += 4) {
      for (int64_t i = 0; i < 4; i++) sums[i] += term(row + x + i);
    }
    for (; x < map.width; x++) sums[0] += term(row + x);
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace modulab
