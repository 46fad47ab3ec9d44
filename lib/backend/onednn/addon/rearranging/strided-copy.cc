#include "rearranging/strided-copy.h"

#include <cstring>
#include <string>

#include "arguments.h"
#include "process/threads.h"
#include "rearranging/walk.h"

namespace modulab {
namespace {

enum Operand : size_t { kFrom, kTo };

/** Whether the dimensions stay within an array of `length` elements when they begin at `start`. */
bool staysWithin(const Strided<2>& dims, Operand operand, size_t start, size_t length) {
  ptrdiff_t first = static_cast<ptrdiff_t>(start), last = first;
  for (size_t d = 0; d < dims.rank; d++) {
    const ptrdiff_t reach = static_cast<ptrdiff_t>(dims.sizes[d] - 1) * dims.steps[d][operand];
    (reach < 0 ? first : last) += reach;
    if (first < 0 || last >= static_cast<ptrdiff_t>(length)) return false;
  }
  return true;
}

/** @param value Int32Array of (size, step in x, step in out) for each dimension, outermost first */
Strided<2> dimensions(const Napi::Value& value) {
  const size_t numbers = elementCount(value, "dimensions"), rank = numbers / 3;
  const int32_t* given = ints(value, numbers, "dimensions");
  if (numbers % 3 != 0 || rank == 0 || rank > kMaxRank) {
    throw Napi::RangeError::New(value.Env(), "dimensions: " + std::to_string(numbers) + " numbers");
  }
  Strided<2> dims;
  size_t count = 1;
  for (size_t d = 0; d < rank; d++) {
    const int32_t* n = given + 3 * d;
    // Threads may not write to the same place.
    if (n[0] < 1 || n[2] < 1) throw Napi::RangeError::New(value.Env(), "dimensions: out of range");
    count = times(count, n[0]);
    dims.push(static_cast<size_t>(n[0]), {n[1], n[2]});
  }
  return dims;
}

/** Takes the dimension out of `dims` and returns it alone. */
Strided<2> takeOut(Strided<2>& dims, size_t dimension) {
  Strided<2> taken;
  taken.push(dims.sizes[dimension], dims.steps[dimension]);
  for (size_t d = dimension + 1; d < dims.rank; d++) {
    dims.sizes[d - 1] = dims.sizes[d];
    dims.steps[d - 1] = dims.steps[d];
  }
  dims.rank--;
  return taken;
}

constexpr size_t kShortRun = 64;

/** memcpy takes longer to be called than to copy a few elements. */
inline void copyShort(const uint32_t* from, uint32_t* __restrict to, size_t count) {
  constexpr size_t kBlock = 4;
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) std::memcpy(to + i, from + i, kBlock * sizeof *to);
  if (i < count && count >= kBlock) {
    std::memcpy(to + count - kBlock, from + count - kBlock, kBlock * sizeof *to);
  } else {
    for (; i < count; i++) to[i] = from[i];
  }
}

void copyRow(const uint32_t* from, ptrdiff_t step, uint32_t* __restrict to, ptrdiff_t toStep, size_t count) {
  if (toStep == 1 && step == 1) {
    if (count < kShortRun) return copyShort(from, to, count);
    std::memcpy(to, from, count * sizeof *to);
  } else if (toStep == 1 && step == 0) {
    std::fill_n(to, count, *from);
  } else {
    for (size_t i = 0; i < count; i++) to[static_cast<ptrdiff_t>(i) * toStep] = from[static_cast<ptrdiff_t>(i) * step];
  }
}

void copyRows(Strided<2> dims, const uint32_t* from, uint32_t* to) {
  const size_t elements = dims.count();
  const Strided<2> row = takeOut(dims, dims.rank - 1);
  const size_t length = row.sizes[0];
  const auto& step = row.steps[0];
  if (length == elements) {
    return parallel(length, 64, length, [=](size_t begin, size_t end) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(begin);
      copyRow(from + at * step[kFrom], step[kFrom], to + at * step[kTo], step[kTo], end - begin);
    });
  }
  // The rows of one more dimension in a plain loop.
  const Strided<2> column = takeOut(dims, dims.rank - 1);
  const size_t height = column.sizes[0];
  const auto& pitch = column.steps[0];
  parallel(elements / length, 1, elements, [&](size_t begin, size_t end) {
    Walk<2> walk(dims, begin / height);
    for (size_t i = begin; i < end; walk.next()) {
      const size_t first = i % height, last = std::min(height, first + end - i);
      for (size_t r = first; r < last; r++) {
        const ptrdiff_t at = static_cast<ptrdiff_t>(r);
        copyRow(from + walk.offset(kFrom) + at * pitch[kFrom], step[kFrom], to + walk.offset(kTo) + at * pitch[kTo],
                step[kTo], length);
      }
      i += last - first;
    }
  });
}

/**
 * Transposes tiles of the plane of the innermost dimension and of that along which x is contiguous, so that every cache
 * line that is read or written is used whole.
 */
void copyTiles(Strided<2> dims, size_t contiguous, const uint32_t* from, uint32_t* to) {
  constexpr size_t kTile = 16;
  const size_t elements = dims.count();
  const Strided<2> column = takeOut(dims, dims.rank - 1), row = takeOut(dims, contiguous);
  const size_t rows = row.sizes[0], columns = column.sizes[0], bands = (rows + kTile - 1) / kTile;
  const ptrdiff_t rowTo = row.steps[0][kTo], columnFrom = column.steps[0][kFrom], columnTo = column.steps[0][kTo];
  parallel(elements / (rows * columns) * bands, 1, elements, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) {
      const Walk<2> plane(dims, i / bands);
      const size_t firstRow = i % bands * kTile, lastRow = std::min(rows, firstRow + kTile);
      for (size_t firstColumn = 0; firstColumn < columns; firstColumn += kTile) {
        const size_t lastColumn = std::min(columns, firstColumn + kTile);
        for (size_t r = firstRow; r < lastRow; r++) {
          const uint32_t* x = from + plane.offset(kFrom) + static_cast<ptrdiff_t>(r);
          uint32_t* out = to + plane.offset(kTo) + static_cast<ptrdiff_t>(r) * rowTo;
          for (size_t c = firstColumn; c < lastColumn; c++) {
            out[static_cast<ptrdiff_t>(c) * columnTo] = x[static_cast<ptrdiff_t>(c) * columnFrom];
          }
        }
      }
    }
  });
}

/** copyStrided(dimensions, x, startInX, out, startInOut). */
void copyStrided(const Napi::CallbackInfo& info) {
  const Strided<2> dims = dimensions(info[0]);
  const size_t elements = elementCount(info[1], "x"), results = elementCount(info[3], "out");
  const uint32_t* x = words(info[1], elements, "x");
  uint32_t* out = words(info[3], results, "out");
  const size_t start = size(info[2], "startInX"), outStart = size(info[4], "startInOut");
  if (!staysWithin(dims, kFrom, start, elements)) throw Napi::RangeError::New(info.Env(), "x: dimensions reach beyond");
  if (!staysWithin(dims, kTo, outStart, results)) throw Napi::RangeError::New(info.Env(), "out: dimensions reach beyond");
  if (dims.count() > results) throw Napi::RangeError::New(info.Env(), "out: elements would be written twice");
  const size_t last = dims.rank - 1;
  const ptrdiff_t step = dims.steps[last][kFrom];
  if (step != 1 && step != 0) {
    for (size_t d = 0; d < last; d++) {
      if (dims.steps[d][kFrom] == 1) return copyTiles(dims, d, x + start, out + outStart);
    }
  }
  copyRows(dims, x + start, out + outStart);
}

}  // namespace

void exportStridedCopy(Napi::Env env, Napi::Object exports) {
  exports["copyStrided"] = Napi::Function::New(env, copyStrided);
}

}  // namespace modulab
