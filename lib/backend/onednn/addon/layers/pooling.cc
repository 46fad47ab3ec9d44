#include "layers/pooling.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "arguments.h"
#include "process/threads.h"
#include "simd/lanes.h"

namespace modulab {
namespace {

/** Positions begin … end along one axis. */
struct Range {
  int64_t begin, end;
  int64_t size() const { return std::max<int64_t>(0, end - begin); }
};

/** The windows along one axis. */
struct Axis {
  int64_t in, out, window, stride, pad;

  /** Inputs of window `o`, without the padding. */
  Range inputs(int64_t o) const {
    const int64_t corner = o * stride - pad;
    return {std::max<int64_t>(0, corner), std::min(in, corner + window)};
  }
  /** Windows that hold input `i`. */
  Range windows(int64_t i) const {
    const int64_t last = (i + pad) / stride, beforeFirst = i + pad - window;
    return {beforeFirst < 0 ? 0 : beforeFirst / stride + 1, std::min(out, last + 1)};
  }
};

/**
 * What pooling.ts puts into an Int32Array, in this order: batch, channels, then both axes' in, out, window, stride,
 * pad.
 */
struct Shape {
  int64_t batch, channels;
  Axis vertical, horizontal;

  static Shape of(const Napi::Value& value) {
    constexpr size_t kNumbers = 12;
    const int32_t* n = ints(value, kNumbers, "shape");
    for (size_t i = 0; i < kNumbers; i++) {
      const bool isPadding = i == 6 || i == 11;
      if (n[i] < (isPadding ? 0 : 1)) {
        throw Napi::RangeError::New(value.Env(), "shape: number " + std::to_string(i) + " is " + std::to_string(n[i]));
      }
    }
    return {n[0], n[1], {n[2], n[3], n[4], n[5], n[6]}, {n[7], n[8], n[9], n[10], n[11]}};
  }

  size_t inputSize() const { return elements({batch, vertical.in, horizontal.in, channels}); }
  size_t outputSize() const { return elements({batch, vertical.out, horizontal.out, channels}); }
  /** Inputs that are looked at in all. */
  size_t cost() const { return outputSize() * vertical.window * horizontal.window; }
};

/** The inputs of every window along an axis. */
std::vector<Range> allInputs(const Axis& axis) {
  std::vector<Range> ranges(axis.out);
  for (int64_t o = 0; o < axis.out; o++) ranges[o] = axis.inputs(o);
  return ranges;
}

/** The windows of every input along an axis. */
std::vector<Range> allWindows(const Axis& axis) {
  std::vector<Range> ranges(axis.in);
  for (int64_t i = 0; i < axis.in; i++) ranges[i] = axis.windows(i);
  return ranges;
}

/** Calls body(image, row) for every row of `height` in every image, on all threads. */
template <class Body>
void overRows(const Shape& shape, int64_t height, const Body& body) {
  parallel(shape.batch * height, 1, shape.cost(), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) body(int64_t(i) / height, int64_t(i) % height);
  });
}

template <class Access>
auto largest(const Access& access, const float* x, int64_t rows, int64_t columns, int64_t rowStep, int64_t columnStep) {
  auto best = Access::Block::all(-std::numeric_limits<float>::infinity());
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++) {
      best = best.orLarger(access.load(x + row * rowStep + column * columnStep));
    }
  }
  return best;
}

/** Sum by rows, so that a large window loses no more digits than a small one. */
template <class Access>
auto sum(const Access& access, const float* x, int64_t rows, int64_t columns, int64_t rowStep, int64_t columnStep) {
  auto total = Access::Block::all(0);
  for (int64_t row = 0; row < rows; row++) {
    auto ofRow = Access::Block::all(0);
    for (int64_t column = 0; column < columns; column++) {
      ofRow = ofRow + access.load(x + row * rowStep + column * columnStep);
    }
    total = total + ofRow;
  }
  return total;
}

enum class Kind { max, average };

template <Kind kind>
void pool(const Shape& shape, const float* x, float* out) {
  const int64_t channels = shape.channels, rowStep = shape.horizontal.in * channels;
  const int64_t imageSize = shape.vertical.in * rowStep;
  const std::vector<Range> columnRanges = allInputs(shape.horizontal);
  overRows(shape, shape.vertical.out, [&](int64_t image, int64_t outRow) {
    const Range rows = shape.vertical.inputs(outRow);
    float* to = out + (image * shape.vertical.out + outRow) * shape.horizontal.out * channels;
    for (int64_t outColumn = 0; outColumn < shape.horizontal.out; outColumn++, to += channels) {
      const Range columns = columnRanges[outColumn];
      const int64_t height = rows.size(), width = columns.size(), taps = height * width;
      const float* from = taps == 0 ? x : x + image * imageSize + rows.begin * rowStep + columns.begin * channels;
      // No inputs: 0·∞ = NaN, as on tfjs-cpu.
      const float share = 1 / static_cast<float>(taps);
      overLanes(channels, [&](auto access, size_t at) {
        if constexpr (kind == Kind::max) {
          access.store(to + at, largest(access, from + at, height, width, rowStep, channels));
        } else {
          access.store(to + at, sum(access, from + at, height, width, rowStep, channels) * share);
        }
      });
    }
  });
}

template <Kind kind>
void poolForward(const Napi::CallbackInfo& info) {
  const Shape shape = Shape::of(info[0]);
  const float* x = floats(info[1], shape.inputSize(), "x");
  float* out = floats(info[2], shape.outputSize(), "out");
  pool<kind>(shape, x, out);
}

/** Adds dy of one window to dx at the first of its largest inputs, channel by channel. */
template <class Access>
void addToLargest(const Access& access, const float* x, const float* dy, float* dx, int64_t rows, int64_t columns,
                  int64_t rowStep, int64_t columnStep) {
  using Block = typename Access::Block;
  struct {
    IntVector vectors[Block::kVectors];
  } first;
  Block best = Block::all(-std::numeric_limits<float>::infinity());
  Block::each([&](int i) { first.vectors[i] = IntVector{} - 1; });
  for (int64_t row = 0, tap = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++, tap++) {
      const Block values = access.load(x + row * rowStep + column * columnStep);
      const IntVector here = IntVector{} + static_cast<int32_t>(tap);
      Block::each([&](int i) { first.vectors[i] = values.vectors[i] > best.vectors[i] ? here : first.vectors[i]; });
      best = best.orLarger(values);
    }
  }
  const Block gradient = access.load(dy);
  for (int64_t row = 0, tap = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++, tap++) {
      float* to = dx + row * rowStep + column * columnStep;
      const IntVector here = IntVector{} + static_cast<int32_t>(tap);
      const Block share =
          Block::of([&](int i) { return first.vectors[i] == here ? gradient.vectors[i] : FloatVector{}; });
      access.store(to, access.load(to) + share);
    }
  }
}

/**
 * maxPoolGradient(shape, x, dy, dx): every window's dy goes to the first of its largest inputs in row-major order, and
 * nowhere where none is above −∞ (NaN is not).
 */
void maxPoolGradient(const Napi::CallbackInfo& info) {
  const Shape shape = Shape::of(info[0]);
  const float* x = floats(info[1], shape.inputSize(), "x");
  const float* dy = floats(info[2], shape.outputSize(), "dy");
  float* dx = floats(info[3], shape.inputSize(), "dx");
  const int64_t channels = shape.channels, rowStep = shape.horizontal.in * channels;
  const int64_t imageSize = shape.vertical.in * rowStep;
  const std::vector<Range> columnRanges = allInputs(shape.horizontal);
  // Windows overlap, so that an image's gradient is one thread's work.
  parallel(shape.batch, 1, shape.cost(), [&](size_t begin, size_t end) {
    for (int64_t image = begin; image < int64_t(end); image++) {
      const float* input = x + image * imageSize;
      float* gradient = dx + image * imageSize;
      std::fill_n(gradient, imageSize, 0.0f);
      for (int64_t row = 0; row < shape.vertical.out; row++) {
        const Range rows = shape.vertical.inputs(row);
        const float* from = dy + (image * shape.vertical.out + row) * shape.horizontal.out * channels;
        for (int64_t column = 0; column < shape.horizontal.out; column++, from += channels) {
          const Range columns = columnRanges[column];
          if (rows.size() == 0 || columns.size() == 0) continue;
          const int64_t first = rows.begin * rowStep + columns.begin * channels;
          overLanes(channels, [&](auto access, size_t at) {
            addToLargest(access, input + first + at, from + at, gradient + first + at, rows.size(), columns.size(),
                                rowStep, channels);
          });
        }
      }
    }
  });
}

/**
 * averagePoolGradient(shape, dy, dx): every input gets its share of each window that holds it, one over the window's
 * size; padding counts, unlike in averagePool, as on tfjs-cpu.
 */
void averagePoolGradient(const Napi::CallbackInfo& info) {
  const Shape shape = Shape::of(info[0]);
  const float* dy = floats(info[1], shape.outputSize(), "dy");
  float* dx = floats(info[2], shape.inputSize(), "dx");
  const int64_t channels = shape.channels, dyRowStep = shape.horizontal.out * channels;
  const float share = 1 / static_cast<float>(shape.vertical.window * shape.horizontal.window);
  const std::vector<Range> columnRanges = allWindows(shape.horizontal);
  overRows(shape, shape.vertical.in, [&](int64_t image, int64_t row) {
    const Range rows = shape.vertical.windows(row);
    float* to = dx + (image * shape.vertical.in + row) * shape.horizontal.in * channels;
    for (int64_t column = 0; column < shape.horizontal.in; column++, to += channels) {
      const Range columns = columnRanges[column];
      const bool isCovered = rows.size() > 0 && columns.size() > 0;
      const float* from =
          isCovered ? dy + (image * shape.vertical.out + rows.begin) * dyRowStep + columns.begin * channels : dy;
      overLanes(channels, [&](auto access, size_t at) {
        access.store(to + at, sum(access, from + at, rows.size(), columns.size(), dyRowStep, channels) * share);
      });
    }
  });
}

}  // namespace

void exportPooling(Napi::Env env, Napi::Object exports) {
  exports["maxPool"] = Napi::Function::New(env, poolForward<Kind::max>);
  exports["averagePool"] = Napi::Function::New(env, poolForward<Kind::average>);
  exports["maxPoolGradient"] = Napi::Function::New(env, maxPoolGradient);
  exports["averagePoolGradient"] = Napi::Function::New(env, averagePoolGradient);
}

}  // namespace modulab
