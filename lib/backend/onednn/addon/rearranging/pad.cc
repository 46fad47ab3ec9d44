#include "rearranging/pad.h"

#include <cstring>
#include <string>

#include "arguments.h"
#include "process/threads.h"
#include "rearranging/walk.h"

namespace modulab {
namespace {

/** Sizes of x and the elements put before and after it along each dimension. */
struct Padding {
  size_t rank, size = 1, paddedSize = 1;
  size_t sizes[kMaxRank], before[kMaxRank], padded[kMaxRank];

  /** @param value Int32Array of (size, before, after) for each dimension, outermost first */
  static Padding of(const Napi::Value& value) {
    const size_t numbers = elementCount(value, "dimensions");
    const int32_t* given = ints(value, numbers, "dimensions");
    Padding padding;
    padding.rank = numbers / 3;
    if (numbers % 3 != 0 || padding.rank == 0 || padding.rank > kMaxRank) {
      throw Napi::RangeError::New(value.Env(), "dimensions: " + std::to_string(numbers) + " numbers");
    }
    for (size_t d = 0; d < padding.rank; d++) {
      const int32_t* n = given + 3 * d;
      if (n[0] < 1 || n[1] < 0 || n[2] < 0) throw Napi::RangeError::New(value.Env(), "dimensions: out of range");
      padding.sizes[d] = static_cast<size_t>(n[0]);
      padding.before[d] = static_cast<size_t>(n[1]);
      const int64_t padded = int64_t{n[0]} + n[1] + n[2];
      padding.padded[d] = static_cast<size_t>(padded);
      padding.size = times(padding.size, n[0]);
      padding.paddedSize = times(padding.paddedSize, padded);
    }
    return padding;
  }

  /** Where the row of x lies that goes into a row of the result, or nothing if the row is all padding. */
  bool source(size_t row, size_t& offset) const {
    size_t pitch = sizes[rank - 1];
    offset = 0;
    for (size_t d = rank - 1; d-- > 0;) {
      const size_t position = row % padded[d];
      row /= padded[d];
      if (position < before[d] || position - before[d] >= sizes[d]) return false;
      offset += (position - before[d]) * pitch;
      pitch *= sizes[d];
    }
    return true;
  }
};

/** pad(dimensions, value, x, out): `value` is one element of the type of x. */
void pad(const Napi::CallbackInfo& info) {
  const Padding padding = Padding::of(info[0]);
  const uint32_t value = *words(info[1], 1, "value");
  const uint32_t* x = words(info[2], padding.size, "x");
  uint32_t* out = words(info[3], padding.paddedSize, "out");
  const size_t last = padding.rank - 1, length = padding.padded[last], before = padding.before[last],
               size = padding.sizes[last];
  parallel(padding.paddedSize / length, 1, padding.paddedSize, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++) {
      uint32_t* to = out + row * length;
      size_t offset;
      if (!padding.source(row, offset)) {
        std::fill_n(to, length, value);
        continue;
      }
      std::fill_n(to, before, value);
      std::memcpy(to + before, x + offset, size * sizeof *to);
      std::fill_n(to + before + size, length - before - size, value);
    }
  });
}

}  // namespace

void exportPad(Napi::Env env, Napi::Object exports) { exports["pad"] = Napi::Function::New(env, pad); }

}  // namespace modulab
