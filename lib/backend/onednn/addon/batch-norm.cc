#include "batch-norm.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "arguments.h"
#include "lanes.h"
#include "threads.h"

namespace modulab {
namespace {

/** Lanes that are worked on at once. */
constexpr size_t kLanes = 32;

/**
 * A matrix [rows, channels] read as wider rows: `joined` neighbouring rows make one of `width` lanes, lane i of channel
 * i % channels, so that few channels fill registers too. `rest` rows are left over.
 */
struct Matrix {
  size_t rows, channels, joined, width, wideRows, rest;

  Matrix(size_t rowCount, size_t channelCount) : rows(rowCount), channels(channelCount) {
    joined = kLanes / std::gcd(channels, kLanes);
    if (joined * channels > kWidest) joined = 1;
    width = joined * channels;
    wideRows = rows / joined;
    rest = rows % joined;
  }

  static Matrix of(const Napi::CallbackInfo& info) {
    const size_t rows = modulab::size(info[0], "rows"), channels = modulab::size(info[1], "channels");
    if (rows == 0 || channels == 0 || rows > kMost / channels) {
      throw Napi::RangeError::New(info.Env(), "rows, channels: not those of a matrix with elements");
    }
    return {rows, channels};
  }

  size_t size() const { return rows * channels; }
  /** Where the rows that are left over begin. */
  size_t restAt() const { return wideRows * width; }

  /** The values of the channels, for every lane. */
  std::vector<float> spread(const std::vector<float>& channelValues) const {
    std::vector<float> lanes(width);
    for (size_t i = 0; i < width; i++) lanes[i] = channelValues[i % channels];
    return lanes;
  }

 private:
  static constexpr size_t kWidest = 2048, kMost = size_t{1} << 48;
};

/** Rows of `width` elements that fit into the first-level cache, and whose sum float32 holds well. */
size_t blockRows(size_t width) { return std::clamp<size_t>(4096 / width, 16, 128); }

/** Calls body(begin, count) for blocks of rows that cover begin … end. */
template <class Body>
void overBlocks(size_t begin, size_t end, size_t width, const Body& body) {
  const size_t step = blockRows(width);
  for (size_t row = begin; row < end; row += step) body(row, std::min(step, end - row));
}

/**
 * Covers a block of rows with calls of body(access, column, first row, end of rows), those of a column from top to
 * bottom.
 */
template <class Body>
void overTiles(size_t rows, size_t width, const Body& body) {
  // Tall tiles of long rows would leave the order in which memory is read fast.
  const size_t step = width <= kLanes ? rows : 4;
  for (size_t row = 0; row < rows; row += step) {
    overLanes(width, [&](auto access, size_t at) { body(access, at, row, std::min(rows, row + step)); });
  }
}

/** Two sums for each of some lanes, over `rows` rows. */
struct Sums {
  explicit Sums(size_t width) : first(width), second(width), blockFirst(width), blockSecond(width) {}

  void clearBlock() {
    std::fill(blockFirst.begin(), blockFirst.end(), 0.0f);
    std::fill(blockSecond.begin(), blockSecond.end(), 0.0f);
  }

  size_t rows = 0;
  std::vector<double> first, second;
  /** Of the rows of one block. */
  std::vector<float> blockFirst, blockSecond;
};

/**
 * Has every piece of a matrix summed by accumulate(sums, first element, rows, width), one piece per thread and one for
 * the rows that are left over; then calls reduce(channel, rows, first, second) for all that belongs to a channel,
 * always in the same order.
 */
template <class Accumulate, class Reduce>
void sumColumns(const Matrix& matrix, size_t cost, const Accumulate& accumulate, const Reduce& reduce) {
  const size_t pieces = std::min<size_t>(threadCount(), std::max<size_t>(1, matrix.wideRows));
  std::vector<Sums> sums(pieces, Sums(matrix.width));
  Sums rest(matrix.channels);
  parallel(pieces, 1, cost, [&](size_t firstPiece, size_t lastPiece) {
    for (size_t piece = firstPiece; piece < lastPiece; piece++) {
      const size_t begin = matrix.wideRows * piece / pieces, end = matrix.wideRows * (piece + 1) / pieces;
      overBlocks(begin, end, matrix.width, [&](size_t row, size_t rows) {
        accumulate(sums[piece], row * matrix.width, rows, matrix.width);
      });
    }
  });
  overBlocks(0, matrix.rest, matrix.channels, [&](size_t row, size_t rows) {
    accumulate(rest, matrix.restAt() + row * matrix.channels, rows, matrix.channels);
  });
  sums.push_back(std::move(rest));
  for (const Sums& part : sums) {
    if (part.rows == 0) continue;
    for (size_t lane = 0; lane < part.first.size(); lane++) {
      reduce(lane % matrix.channels, part.rows, part.first[lane], part.second[lane]);
    }
  }
}

/**
 * What joining two samples adds to the sum of squared differences from the mean (Chan, Golub, LeVeque 1983): their
 * means' squared distance times this.
 */
double joiningFactor(double countA, double countB) { return countA * countB / (countA + countB); }

/** Adds a block's sum and its squared differences from its mean to those of the blocks before. */
void addMoments(Sums& sums, const float* x, size_t rows, size_t width) {
  const double inverseBefore = sums.rows == 0 ? 0 : 1.0 / static_cast<double>(sums.rows);
  const double inverse = 1.0 / static_cast<double>(rows);
  const double factor = joiningFactor(static_cast<double>(sums.rows), static_cast<double>(rows));
  sums.clearBlock();
  overTiles(rows, width, [&](auto access, size_t at, size_t row, size_t end) {
    auto sum = access.load(&sums.blockFirst[at]);
    for (; row < end; row++) sum = sum + access.load(x + row * width + at);
    access.store(&sums.blockFirst[at], sum);
  });
  overTiles(rows, width, [&](auto access, size_t at, size_t row, size_t end) {
    const auto mean = access.load(&sums.blockFirst[at]) * static_cast<float>(inverse);
    auto squares = access.load(&sums.blockSecond[at]);
    for (; row < end; row++) {
      const auto difference = access.load(x + row * width + at) - mean;
      squares = squares + difference * difference;
    }
    access.store(&sums.blockSecond[at], squares);
  });
  for (size_t i = 0; i < width; i++) {
    const double distance = sums.blockFirst[i] * inverse - sums.first[i] * inverseBefore;
    sums.first[i] += sums.blockFirst[i];
    sums.second[i] += sums.blockSecond[i] + distance * distance * factor;
  }
  sums.rows += rows;
}

/** moments(rows, channels, x, mean, variance): mean and biased variance of every channel of x [rows, channels]. */
void moments(const Napi::CallbackInfo& info) {
  const Matrix matrix = Matrix::of(info);
  const float* x = floats(info[2], matrix.size(), "x");
  float* mean = floats(info[3], matrix.channels, "mean");
  float* variance = floats(info[4], matrix.channels, "variance");
  std::vector<double> counts(matrix.channels), sums(matrix.channels), squares(matrix.channels);
  sumColumns(
      matrix, matrix.size(),
      [&](Sums& part, size_t at, size_t rows, size_t width) { addMoments(part, x + at, rows, width); },
      [&](size_t channel, size_t rows, double partSum, double partSquares) {
        const double count = counts[channel], partCount = static_cast<double>(rows);
        const double distance = count == 0 ? 0 : partSum / partCount - sums[channel] / count;
        counts[channel] += partCount;
        sums[channel] += partSum;
        squares[channel] += partSquares + distance * distance * joiningFactor(count, partCount);
      });
  for (size_t c = 0; c < matrix.channels; c++) {
    mean[c] = static_cast<float>(sums[c] / counts[c]);
    variance[c] = static_cast<float>(squares[c] / counts[c]);
  }
}

/** Per-channel vectors of batch normalisation, spread over the lanes. */
struct Affine {
  std::vector<float> mean, slope, offset;
};

/** Calls body(first element, rows, width) for blocks that cover the matrix, on all threads. */
template <class Body>
void overMatrix(const Matrix& matrix, const Body& body) {
  parallel(matrix.wideRows, 1, matrix.size(), [&](size_t begin, size_t end) {
    overBlocks(begin, end, matrix.width,
               [&](size_t row, size_t rows) { body(row * matrix.width, rows, matrix.width); });
  });
  if (matrix.rest > 0) body(matrix.restAt(), matrix.rest, matrix.channels);
}

template <bool relu>
void normaliseWith(const Matrix& matrix, const Affine& affine, const float* x, float* out) {
  overMatrix(matrix, [&](size_t first, size_t rows, size_t width) {
    overTiles(rows, width, [&](auto access, size_t at, size_t row, size_t end) {
      const auto mean = access.load(&affine.mean[at]), slope = access.load(&affine.slope[at]);
      const auto offset = access.load(&affine.offset[at]);
      for (; row < end; row++) {
        const size_t i = first + row * width + at;
        const auto y = (access.load(x + i) - mean) * slope + offset;
        access.store(out + i, relu ? y.relu() : y);
      }
    });
  });
}

double inverseDeviation(float variance, double epsilon) { return 1 / std::sqrt(variance + epsilon); }

/**
 * normalise(rows, channels, x, mean, variance, offset | null, scale | null, epsilon, relu, out):
 * out = (x − mean)·scale/√(variance + ε) + offset per channel of x [rows, channels], of which `relu` keeps what is
 * positive.
 */
void normalise(const Napi::CallbackInfo& info) {
  const Matrix matrix = Matrix::of(info);
  const size_t channels = matrix.channels;
  const float* x = floats(info[2], matrix.size(), "x");
  const float* mean = floats(info[3], channels, "mean");
  const float* variance = floats(info[4], channels, "variance");
  const float* offset = floatsOrNull(info[5], channels, "offset");
  const float* scale = floatsOrNull(info[6], channels, "scale");
  const double epsilon = number(info[7], "epsilon");
  const bool relu = info[8].ToBoolean();
  float* out = floats(info[9], matrix.size(), "out");
  std::vector<float> slopes(channels), offsets(channels);
  for (size_t c = 0; c < channels; c++) {
    slopes[c] = static_cast<float>((scale ? scale[c] : 1.0) * inverseDeviation(variance[c], epsilon));
    offsets[c] = offset ? offset[c] : 0;
  }
  const Affine affine{matrix.spread({mean, mean + channels}), matrix.spread(slopes), matrix.spread(offsets)};
  (relu ? normaliseWith<true> : normaliseWith<false>)(matrix, affine, x, out);
}

/** dy, or where `y` is the output of a ReLU that followed, its gradient with respect to that ReLU's input. */
template <bool relu, class Access>
auto gradientAt(const Access& access, const float* dy, const float* y, size_t i) {
  const auto gradient = access.load(dy + i);
  if constexpr (relu) return gradient.reluGradient(access.load(y + i));
  return gradient;
}

/** Adds Σ dy and Σ dy·(x − mean) of a block of rows. */
template <bool relu>
void addProducts(Sums& sums, const float* x, const float* dy, const float* y, const std::vector<float>& means,
                 size_t first, size_t rows, size_t width) {
  sums.clearBlock();
  overTiles(rows, width, [&](auto access, size_t at, size_t row, size_t end) {
    const auto mean = access.load(&means[at]);
    auto sum = access.load(&sums.blockFirst[at]), products = access.load(&sums.blockSecond[at]);
    for (; row < end; row++) {
      const size_t i = first + row * width + at;
      const auto gradient = gradientAt<relu>(access, dy, y, i);
      sum = sum + gradient;
      products = products + gradient * (access.load(x + i) - mean);
    }
    access.store(&sums.blockFirst[at], sum);
    access.store(&sums.blockSecond[at], products);
  });
  for (size_t i = 0; i < width; i++) {
    sums.first[i] += sums.blockFirst[i];
    sums.second[i] += sums.blockSecond[i];
  }
  sums.rows += rows;
}

/** Coefficients of dx = dy·slope + (x − mean)·tilt + shift, spread over the lanes. */
struct Line {
  std::vector<float> mean, slope, tilt, shift;
};

template <bool relu, bool ofBatch>
void inputGradient(const Matrix& matrix, const Line& line, const float* x, const float* dy,
                   const float* y, float* dx) {
  overMatrix(matrix, [&](size_t first, size_t rows, size_t width) {
    overTiles(rows, width, [&](auto access, size_t at, size_t row, size_t end) {
      const auto mean = access.load(&line.mean[at]), slope = access.load(&line.slope[at]);
      const auto tilt = access.load(&line.tilt[at]), shift = access.load(&line.shift[at]);
      for (; row < end; row++) {
        const size_t i = first + row * width + at;
        const auto direct = gradientAt<relu>(access, dy, y, i) * slope;
        // An infinite x does not reach the gradient unless the moments depend on it.
        access.store(dx + i, ofBatch ? direct + ((access.load(x + i) - mean) * tilt + shift) : direct);
      }
    });
  });
}

/**
 * batchNormGradient(rows, channels, x, dy, y | null, mean, variance, scale | null, epsilon, ofBatch, dx, dMean,
 * dVariance, dOffset, dScale): gradients of `normalise`, of which dy is that of the output. With y, the output of
 * normalise with `relu`, they are the gradients through that. With `ofBatch` mean and variance are those of x itself,
 * and dx goes through them.
 */
void batchNormGradient(const Napi::CallbackInfo& info) {
  const Matrix matrix = Matrix::of(info);
  const size_t channels = matrix.channels;
  const float* x = floats(info[2], matrix.size(), "x");
  const float* dy = floats(info[3], matrix.size(), "dy");
  const float* y = floatsOrNull(info[4], matrix.size(), "y");
  const float* mean = floats(info[5], channels, "mean");
  const float* variance = floats(info[6], channels, "variance");
  const float* scale = floatsOrNull(info[7], channels, "scale");
  const double epsilon = number(info[8], "epsilon");
  const bool ofBatch = info[9].ToBoolean();
  float* dx = floats(info[10], matrix.size(), "dx");
  float* dMean = floats(info[11], channels, "dMean");
  float* dVariance = floats(info[12], channels, "dVariance");
  float* dOffset = floats(info[13], channels, "dOffset");
  float* dScale = floats(info[14], channels, "dScale");

  Line line{matrix.spread({mean, mean + channels}), {}, {}, {}};
  std::vector<double> sums(channels), products(channels);
  sumColumns(
      matrix, matrix.size(),
      [&](Sums& part, size_t first, size_t rows, size_t width) {
        (y ? addProducts<true> : addProducts<false>)(part, x, dy, y, line.mean, first, rows, width);
      },
      [&](size_t channel, size_t, double partSum, double partProducts) {
        sums[channel] += partSum;
        products[channel] += partProducts;
      });
  std::vector<float> slopes(channels), tilts(channels), shifts(channels);
  for (size_t c = 0; c < channels; c++) {
    const double inverse = inverseDeviation(variance[c], epsilon);
    const double slope = (scale ? scale[c] : 1.0) * inverse;
    const double ofVariance = -0.5 * slope * inverse * inverse * products[c];
    dOffset[c] = static_cast<float>(sums[c]);
    dScale[c] = static_cast<float>(products[c] * inverse);
    dMean[c] = static_cast<float>(-slope * sums[c]);
    dVariance[c] = static_cast<float>(ofVariance);
    slopes[c] = static_cast<float>(slope);
    tilts[c] = static_cast<float>(2 * ofVariance / static_cast<double>(matrix.rows));
    shifts[c] = static_cast<float>(-slope * sums[c] / static_cast<double>(matrix.rows));
  }
  line.slope = matrix.spread(slopes);
  line.tilt = matrix.spread(tilts);
  line.shift = matrix.spread(shifts);
  const auto gradient = y ? (ofBatch ? inputGradient<true, true> : inputGradient<true, false>)
                          : (ofBatch ? inputGradient<false, true> : inputGradient<false, false>);
  gradient(matrix, line, x, dy, y, dx);
}

}  // namespace

void exportBatchNorm(Napi::Env env, Napi::Object exports) {
  exports["moments"] = Napi::Function::New(env, moments);
  exports["normalise"] = Napi::Function::New(env, normalise);
  exports["batchNormGradient"] = Napi::Function::New(env, batchNormGradient);
}

}  // namespace modulab
