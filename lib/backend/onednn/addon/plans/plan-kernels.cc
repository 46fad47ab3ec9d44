#include "plans/plan-kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "simd/bfloat16.h"

namespace modulab {
namespace {

template <class Number>
void average(const MapLayout& layout, const Number* in, float* out) {
  const int64_t stored = layout.storedChannels(), width = layout.step();
  const float share = 1.0f / static_cast<float>(layout.pixels);
  std::vector<float> sums(static_cast<size_t>(stored));
  for (int64_t image = 0; image < layout.images; image++) {
    const Number* map = in + image * layout.pixels * stored;
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int64_t first = 0; first < stored; first += width) {
      for (int64_t pixel = 0; pixel < layout.pixels; pixel++) {
        const Number* values = map + first * layout.pixels + pixel * width;
        float* some = sums.data() + first;
        for (int64_t c = 0; c < width; c++) some[c] += widen(values[c]);
      }
    }
    for (int64_t c = 0; c < layout.channels; c++) out[image * layout.channels + c] = sums[static_cast<size_t>(c)] * share;
  }
}

template <class Number>
void copy(const ChannelCopy& task, const Number* in, Number* out) {
  std::memset(out, 0, static_cast<size_t>(task.out.stored()) * sizeof(Number));
  const int64_t inSize = task.in.pixels * task.in.storedChannels(), outSize = task.out.pixels * task.out.storedChannels();
  const int64_t inStep = task.in.step(), outStep = task.out.step();
  const auto count = static_cast<int64_t>(task.sources.size());
  for (int64_t c = 0; c < count;) {
    const int64_t source = task.sources[static_cast<size_t>(c)];
    int64_t run = 1;
    if (source >= 0) {
      // Channels that follow each other on both sides go together.
      while (c + run < count && task.sources[static_cast<size_t>(c + run)] == source + run &&
             task.in.start(source + run) == task.in.start(source) + run && task.out.start(c + run) == task.out.start(c) + run) {
        run++;
      }
      for (int64_t image = 0; image < task.in.images; image++) {
        const Number* from = in + image * inSize + task.in.start(source);
        Number* to = out + image * outSize + task.out.start(c);
        for (int64_t y = 0; y < task.outHeight; y++) {
          for (int64_t x = 0; x < task.outWidth; x++, to += outStep) {
            const Number* place = from + (y * task.strideHeight * task.inWidth + x * task.strideWidth) * inStep;
            for (int64_t i = 0; i < run; i++) to[i] = place[i];
          }
        }
      }
    }
    c += run;
  }
}

template <class Number>
void add(size_t count, const Number* a, const Number* b, Number* out, float lowest, float highest) {
  if (b == nullptr) {
    for (size_t i = 0; i < count; i++) narrow(std::min(std::max(widen(a[i]), lowest), highest), out[i]);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    narrow(std::min(std::max(widen(a[i]) + widen(b[i]), lowest), highest), out[i]);
  }
}

/** 2^100 and above, infinities and NaN. */
constexpr uint32_t kLargeExponent = 227;

}  // namespace

void averageOverPixels(const MapLayout& layout, const void* in, float* out) {
  if (layout.isBfloat16) return average(layout, static_cast<const Bfloat16*>(in), out);
  average(layout, static_cast<const float*>(in), out);
}

void ChannelCopy::run(const void* from, void* to) const {
  if (in.isBfloat16) return copy(*this, static_cast<const Bfloat16*>(from), static_cast<Bfloat16*>(to));
  copy(*this, static_cast<const float*>(from), static_cast<float*>(to));
}

void addMaps(bool isBfloat16, size_t count, const void* a, const void* b, void* out, Activation activation) {
  const float lowest = activation == Activation::linear ? -INFINITY : 0;
  const float highest = activation == Activation::relu6 ? 6 : INFINITY;
  if (isBfloat16) {
    return add(count, static_cast<const Bfloat16*>(a), static_cast<const Bfloat16*>(b), static_cast<Bfloat16*>(out), lowest,
               highest);
  }
  add(count, static_cast<const float*>(a), static_cast<const float*>(b), static_cast<float*>(out), lowest, highest);
}

bool areModest(bool isBfloat16, size_t count, const void* values) {
  uint32_t large = 0;
  if (isBfloat16) {
    const auto* bits = static_cast<const uint16_t*>(values);
    for (size_t i = 0; i < count; i++) large |= ((bits[i] >> 7) & 0xff) >= kLargeExponent;
  } else {
    const auto* floats = static_cast<const float*>(values);
    for (size_t i = 0; i < count; i++) {
      uint32_t bits;
      std::memcpy(&bits, floats + i, sizeof bits);
      large |= ((bits >> 23) & 0xff) >= kLargeExponent;
    }
  }
  return large == 0;
}

float largestOf(const float* values, size_t count) {
  // Without their signs floats are in the order of their bits, NaN above all.
  uint32_t most = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    most = std::max(most, bits & 0x7fffffff);
  }
  float largest;
  std::memcpy(&largest, &most, sizeof largest);
  return largest;
}

}  // namespace modulab
