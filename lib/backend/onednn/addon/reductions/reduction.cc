#include "reductions/reduction.h"

#include <limits>
#include <vector>

#include "arguments.h"
#include "layers/softmax.h"
#include "process/threads.h"

namespace modulab {
namespace {

struct Sum {
  static constexpr double kStart = 0;
  template <class Number>
  static Number join(Number total, Number x) {
    return total + x;
  }
};
struct Max {
  static constexpr double kStart = -std::numeric_limits<double>::infinity();
  template <class Number>
  static Number join(Number total, Number x) {
    const Number larger = x > total ? x : total;
    return x != x ? x : larger;
  }
};
struct Min {
  static constexpr double kStart = std::numeric_limits<double>::infinity();
  template <class Number>
  static Number join(Number total, Number x) {
    const Number smaller = x < total ? x : total;
    return x != x ? x : smaller;
  }
};

/** x [outer, reduced, inner] to [outer, inner]. */
struct Shape {
  size_t outer, reduced, inner;
};

/**
 * Reduces rows in two stages: some thousand elements in float, in many independent lanes that are as wide as several rows
 * where rows are short, and these partial results in double. So sums stay accurate, and loops long.
 */
template <class Operation>
class ColumnReduction {
 public:
  /** Columns that are reduced together; their lanes fit into the nearest cache. */
  static constexpr size_t kWidth = 1024;

  /** totals[c] = join of x[r·pitch + c] over rows r, for at most kWidth columns; totals are written. */
  static void reduce(const float* x, size_t rows, size_t pitch, size_t columns, double* totals) {
    for (size_t c = 0; c < columns; c++) totals[c] = Operation::kStart;
    // Rows that lie side by side count as one wide row, if enough of these remain to pay for folding the lanes.
    const size_t wide = pitch == columns ? std::min(kWidth / columns, std::max<size_t>(1, rows / 4)) : 1;
    float lanes[kWidth];
    size_t row = 0;
    while (rows - row >= wide) {
      const size_t count = std::min(kRowsInFloat, (rows - row) / wide);
      accumulate(x + row * pitch, count, pitch * wide, columns * wide, lanes);
      row += count * wide;
      for (size_t k = 0; k < wide; k++) fold(lanes + k * columns, columns, totals);
    }
    for (; row < rows; row++) fold(x + row * pitch, columns, totals);
  }

 private:
  static constexpr size_t kRowsInFloat = 64;

  static void accumulate(const float* x, size_t rows, size_t pitch, size_t count, float* __restrict lanes) {
    for (size_t i = 0; i < count; i++) lanes[i] = x[i];
    size_t row = 1;
    for (; row + 4 <= rows; row += 4) {
      const float *x0 = x + row * pitch, *x1 = x0 + pitch, *x2 = x1 + pitch, *x3 = x2 + pitch;
      for (size_t i = 0; i < count; i++) {
        const float a = x0[i], b = x1[i], c = x2[i], d = x3[i];
        lanes[i] = Operation::join(lanes[i], Operation::join(Operation::join(a, b), Operation::join(c, d)));
      }
    }
    for (; row < rows; row++) {
      const float* next = x + row * pitch;
      for (size_t i = 0; i < count; i++) lanes[i] = Operation::join(lanes[i], next[i]);
    }
  }

  static void fold(const float* values, size_t columns, double* __restrict totals) {
    for (size_t c = 0; c < columns; c++) totals[c] = Operation::join(totals[c], static_cast<double>(values[c]));
  }
};

/** Reduces rows of a few elements each, several at a time, because each of them alone waits for its last addition. */
template <class Operation>
void reduceShortRows(const float* x, size_t rows, size_t length, double scale, float* __restrict out) {
  constexpr size_t kAtOnce = 8;
  size_t row = 0;
  for (; row + kAtOnce <= rows; row += kAtOnce) {
    const float* first = x + row * length;
    double totals[kAtOnce];
    for (double& total : totals) total = Operation::kStart;
    for (size_t i = 0; i < length; i++) {
      for (size_t k = 0; k < kAtOnce; k++) {
        totals[k] = Operation::join(totals[k], static_cast<double>(first[k * length + i]));
      }
    }
    for (size_t k = 0; k < kAtOnce; k++) out[row + k] = static_cast<float>(totals[k] * scale);
  }
  for (; row < rows; row++) {
    double total = Operation::kStart;
    for (size_t i = 0; i < length; i++) total = Operation::join(total, static_cast<double>(x[row * length + i]));
    out[row] = static_cast<float>(total * scale);
  }
}

template <class Operation>
class Reduction {
 public:
  Reduction(const Shape& shape, const float* x, float* out, double scale)
      : shape_(shape), x_(x), out_(out), scale_(scale), blocks_((shape.inner + kWidth - 1) / kWidth) {}

  void run() const {
    constexpr size_t kShort = 64;
    if (shape_.inner == 1 && shape_.reduced <= kShort) {
      return parallel(shape_.outer, 64, shape_.outer * shape_.reduced, [this](size_t begin, size_t end) {
        reduceShortRows<Operation>(x_ + begin * shape_.reduced, end - begin, shape_.reduced, scale_, out_ + begin);
      });
    }
    const size_t columns = shape_.outer * blocks_;
    const size_t slices = slicesOf(columns);
    if (slices == 1) {
      return parallel(columns, 1, shape_.outer * shape_.reduced * shape_.inner, [this](size_t begin, size_t end) {
        double totals[kWidth];
        for (size_t i = begin; i < end; i++) {
          const size_t count = slice(i, 0, shape_.reduced, totals);
          write(i, count, totals);
        }
      });
    }
    std::vector<double> partial(columns * slices * kWidth);
    double* const partials = partial.data();
    parallel(columns * slices, 1, shape_.outer * shape_.reduced * shape_.inner, [=](size_t begin, size_t end) {
      for (size_t i = begin; i < end; i++) {
        const size_t k = i % slices;
        slice(i / slices, shape_.reduced * k / slices, shape_.reduced * (k + 1) / slices, partials + i * kWidth);
      }
    });
    for (size_t i = 0; i < columns; i++) {
      double* totals = partials + i * slices * kWidth;
      const size_t count = columnsOf(i);
      for (size_t k = 1; k < slices; k++) {
        for (size_t c = 0; c < count; c++) totals[c] = Operation::join(totals[c], totals[k * kWidth + c]);
      }
      write(i, count, totals);
    }
  }

 private:
  static constexpr size_t kWidth = ColumnReduction<Operation>::kWidth;

  /**
   * Into how many parts the reduced dimension is cut, where there are too few columns to occupy threads. It depends on the
   * shape alone, so that sums are the same for any number of threads.
   */
  size_t slicesOf(size_t columns) const {
    constexpr size_t kEnough = 32, kElements = 16384;
    if (columns >= kEnough) return 1;
    const size_t slices = shape_.reduced * std::min(shape_.inner, kWidth) / kElements;
    return std::max<size_t>(1, std::min({slices, kEnough, shape_.reduced}));
  }

  size_t columnsOf(size_t i) const { return std::min(kWidth, shape_.inner - i % blocks_ * kWidth); }

  /** Reduces rows from … to of block i; gives its number of columns. */
  size_t slice(size_t i, size_t from, size_t to, double* totals) const {
    const size_t outer = i / blocks_, column = i % blocks_ * kWidth, columns = columnsOf(i);
    const float* x = x_ + (outer * shape_.reduced + from) * shape_.inner + column;
    ColumnReduction<Operation>::reduce(x, to - from, shape_.inner, columns, totals);
    return columns;
  }

  void write(size_t i, size_t columns, const double* totals) const {
    float* out = out_ + i / blocks_ * shape_.inner + i % blocks_ * kWidth;
    for (size_t c = 0; c < columns; c++) out[c] = static_cast<float>(totals[c] * scale_);
  }

  Shape shape_;
  const float* x_;
  float* out_;
  double scale_;
  size_t blocks_;
};

/** (outer, reduced, inner, x, out): x [outer, reduced, inner] to out [outer, inner]. */
template <class Operation, bool isMean>
void reduce(const Napi::CallbackInfo& info) {
  const Shape shape{size(info[0], "outer"), size(info[1], "reduced"), size(info[2], "inner")};
  constexpr size_t kMost = size_t{1} << 20 << 20;
  for (const size_t n : {shape.outer, shape.reduced, shape.inner}) {
    if (n == 0 || n > kMost) throw Napi::RangeError::New(info.Env(), "sizes have to be positive");
  }
  const size_t results = elementCount(info[4], "out");
  if (results % shape.outer != 0 || results / shape.outer != shape.inner) {
    throw Napi::RangeError::New(info.Env(), "out: expected outer x inner elements");
  }
  const size_t elements = elementCount(info[3], "x");
  if (elements % results != 0 || elements / results != shape.reduced) {
    throw Napi::RangeError::New(info.Env(), "x: expected outer x reduced x inner elements");
  }
  const float* x = floats(info[3], elements, "x");
  float* out = floats(info[4], results, "out");
  Reduction<Operation>(shape, x, out, isMean ? 1.0 / static_cast<double>(shape.reduced) : 1.0).run();
}

}  // namespace

void exportReduction(Napi::Env env, Napi::Object exports) {
  Napi::Object functions = Napi::Object::New(env);
  functions["Sum"] = Napi::Function::New(env, reduce<Sum, false>);
  functions["Mean"] = Napi::Function::New(env, reduce<Sum, true>);
  functions["Max"] = Napi::Function::New(env, reduce<Max, false>);
  functions["Min"] = Napi::Function::New(env, reduce<Min, false>);
  exports["reduce"] = functions;
  exportSoftmax(env, exports);
}

}  // namespace modulab
