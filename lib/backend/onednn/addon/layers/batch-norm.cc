#include "layers/batch-norm.h"

#include <cmath>
#include <vector>

#include "arguments.h"
#include "reductions/channel-sums.h"
#include "reductions/moments.h"

namespace modulab {
namespace {

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
  exportMoments(env, exports);
  exports["normalise"] = Napi::Function::New(env, normalise);
  exports["batchNormGradient"] = Napi::Function::New(env, batchNormGradient);
}

}  // namespace modulab
