#pragma once
#include <cstdint>

namespace modulab {

/** What a step of a plan puts out of one image: a map, or a vector of features, where height and width are 1. */
struct PlanValue {
  int64_t height, width, channels;
  bool isVector;

  int64_t size() const { return height * width * channels; }
};

}  // namespace modulab
