#include "training/batch-normalisation.h"

#include <algorithm>
#include <cmath>

#include "training/lane-sum.h"
#include "training/row-sums.h"

namespace modulab {

void BatchNormalisation::provide(int64_t blocks) {
  blocks_ = blocks;
  const auto channels = static_cast<size_t>(in_.channels);
  shares_.resize(static_cast<size_t>(blocks) * channels);
  for (auto* each : {&mean_, &scale_, &beta_, &slope_, &constant_}) each->resize(channels);
  inverse_.resize(channels);
}

void BatchNormalisation::measure(int64_t block, const ImageVector* in, int64_t images) {
  const double count = static_cast<double>(images * pixels());
  for (int64_t c = 0; c < in_.channels; c++) {
    const double mean = laneSum(sumOfChannel(in_, c, [&](int64_t at) { return in[at]; }), images) / count;
    const ImageVector middle = ImageVector{} + static_cast<float>(mean);
    const ImageVector squares = sumOfChannel(in_, c, [&](int64_t at) {
      const ImageVector apart = in[at] - middle;
      return apart * apart;
    });
    // The deviations are from the mean as float32 has it.
    const double shift = mean - static_cast<double>(static_cast<float>(mean));
    shareOf(block, c) = {mean, laneSum(squares, images) - count * shift * shift};
  }
}

void BatchNormalisation::combine(int64_t images, const float* gamma, const float* beta, float* mean, float* variance) {
  for (int64_t c = 0; c < in_.channels; c++) {
    const auto at = static_cast<size_t>(c);
    if (!isFixed_) {
      double count = 0, middle = 0, squares = 0;
      for (int64_t block = 0; block < blocks_; block++) {
        const double more = static_cast<double>(std::min(kBlockImages, images - block * kBlockImages) * pixels());
        const Pair& share = shareOf(block, c);
        const double apart = share.first - middle, all = count + more;
        middle += apart * more / all;
        squares += share.second + apart * apart * count * more / all;
        count = all;
      }
      mean[c] = static_cast<float>(middle);
      variance[c] = static_cast<float>(squares / count);
    }
    inverse_[at] = 1 / std::sqrt(static_cast<double>(variance[c]) + static_cast<double>(epsilon_));
    mean_[at] = mean[c];
    scale_[at] = static_cast<float>(inverse_[at] * (gamma == nullptr ? 1 : static_cast<double>(gamma[c])));
    beta_[at] = beta == nullptr ? 0 : beta[c];
  }
}

void BatchNormalisation::normalise(const ImageVector* in, const BlockMap& secondMap, const ImageVector* second, bool isRelu,
                                   const BlockMap& to, ImageVector* out) const {
  const float lowest = isRelu ? 0 : -INFINITY;
  for (int64_t c = 0; c < in_.channels; c++) {
    const auto at = static_cast<size_t>(c);
    const ImageVector mean = ImageVector{} + mean_[at], scale = ImageVector{} + scale_[at], beta = ImageVector{} + beta_[at];
    for (int64_t y = 0; y < in_.height; y++) {
      const ImageVector* row = in + in_.at(c, y, 0);
      ImageVector* result = out + to.at(c, y, 0);
      if (second == nullptr) {
        for (int64_t x = 0; x < in_.width; x++) result[x] = clamp((row[x] - mean) * scale + beta, lowest, INFINITY);
        continue;
      }
      const ImageVector* summand = second + secondMap.at(c, y, 0);
      for (int64_t x = 0; x < in_.width; x++) result[x] = clamp((row[x] - mean) * scale + beta + summand[x], lowest, INFINITY);
    }
  }
}

void BatchNormalisation::measureGradient(int64_t block, const ImageVector* in, const BlockMap& from,
                                         const ImageVector* gradient) {
  for (int64_t c = 0; c < in_.channels; c++) {
    const ImageVector mean = ImageVector{} + mean_[static_cast<size_t>(c)];
    ImageVector sums[4] = {}, products[4] = {};
    for (int64_t y = 0; y < in_.height; y++) {
      const ImageVector* x = in + in_.at(c, y, 0);
      const ImageVector* dy = gradient + from.at(c, y, 0);
      int64_t i = 0;
      for (; i + 4 <= in_.width; i += 4) {
        for (int64_t j = 0; j < 4; j++) {
          sums[j] += dy[i + j];
          products[j] += dy[i + j] * (x[i + j] - mean);
        }
      }
      for (; i < in_.width; i++) {
        sums[0] += dy[i];
        products[0] += dy[i] * (x[i] - mean);
      }
    }
    shareOf(block, c) = {laneSum((sums[0] + sums[1]) + (sums[2] + sums[3]), kBlockImages),
                         laneSum((products[0] + products[1]) + (products[2] + products[3]), kBlockImages)};
  }
}

void BatchNormalisation::combineGradient(int64_t images, float* gamma, float* beta) {
  const double count = static_cast<double>(images * pixels());
  for (int64_t c = 0; c < in_.channels; c++) {
    const auto at = static_cast<size_t>(c);
    double sum = 0, product = 0;
    for (int64_t block = 0; block < blocks_; block++) {
      sum += shareOf(block, c).first;
      product += shareOf(block, c).second;
    }
    if (gamma != nullptr) gamma[c] = static_cast<float>(product * inverse_[at]);
    if (beta != nullptr) beta[c] = static_cast<float>(sum);
    const double scale = static_cast<double>(scale_[at]);
    slope_[at] = isFixed_ ? 0 : static_cast<float>(-scale * inverse_[at] * inverse_[at] * product / count);
    constant_[at] = isFixed_ ? 0 : static_cast<float>(-scale * sum / count);
  }
}

void BatchNormalisation::inputGradient(const ImageVector* in, const BlockMap& from, const ImageVector* gradient, int64_t images,
                                       const BlockMap& to, ImageVector* out) const {
  const ImageVector there = firstLanes(images);
  for (int64_t c = 0; c < in_.channels; c++) {
    const auto at = static_cast<size_t>(c);
    const ImageVector mean = ImageVector{} + mean_[at], scale = ImageVector{} + scale_[at];
    const ImageVector slope = there * slope_[at], constant = there * constant_[at];
    for (int64_t y = 0; y < in_.height; y++) {
      const ImageVector* x = in + in_.at(c, y, 0);
      const ImageVector* dy = gradient + from.at(c, y, 0);
      ImageVector* dx = out + to.at(c, y, 0);
      for (int64_t i = 0; i < in_.width; i++) dx[i] = dy[i] * scale + (x[i] - mean) * slope + constant;
    }
  }
}

}  // namespace modulab
