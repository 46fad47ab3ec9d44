#include "reductions/moments.h"

#include <vector>

#include "arguments.h"
#include "reductions/channel-sums.h"

namespace modulab {
namespace {

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

}  // namespace

void exportMoments(Napi::Env env, Napi::Object exports) { exports["moments"] = Napi::Function::New(env, moments); }

}  // namespace modulab
