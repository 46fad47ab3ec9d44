#pragma once
#include <cstdint>
#include <cstring>

#include "image-block/image-vector.h"

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
