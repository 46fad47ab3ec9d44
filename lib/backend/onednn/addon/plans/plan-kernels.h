#pragma once
#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <vector>

#include "element-wise/activation.h"

namespace modulab {

/** How maps of a chunk of images lie in memory: channel by channel, or in blocks of 16 channels filled up with zeros. */
struct MapLayout {
  int64_t images, pixels, channels;
  bool isBlocked, isBfloat16;

  static constexpr int64_t kBlock = 16;

  int64_t storedChannels() const { return isBlocked ? (channels + kBlock - 1) / kBlock * kBlock : channels; }
  int64_t stored() const { return images * pixels * storedChannels(); }
  /** Where a channel's first value lies within its image, and how far it is to the same channel's next pixel. */
  int64_t start(int64_t channel) const {
    return isBlocked ? channel / kBlock * kBlock * pixels + channel % kBlock : channel;
  }
  int64_t step() const { return isBlocked ? kBlock : channels; }
};

// All of these run on the calling thread only.

/** [image, channel] means over pixels, in float32. */
void averageOverPixels(const MapLayout& layout, const void* in, float* out);

/** Copies of channels of every stride-th row and column; channels without a source are zeros. */
struct ChannelCopy {
  MapLayout in, out;
  int64_t inWidth, outHeight, outWidth, strideHeight, strideWidth;
  /** Input channel of each output channel, or -1. */
  std::vector<int32_t> sources;

  void run(const void* in, void* out) const;
};

/** out = activation(a + b), value by value; b may be null. */
void addMaps(bool isBfloat16, size_t count, const void* a, const void* b, void* out, Activation activation);

/** Whether all values are finite and far from overflow: below 2^100. */
bool areModest(bool isBfloat16, size_t count, const void* values);

/** The largest absolute value, NaN or infinity where there is one. */
float largestOf(const float* values, size_t count);

}  // namespace modulab
