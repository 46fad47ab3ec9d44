#include "training/direct-weight-gradient.h"

#include <algorithm>
#include <utility>

#include "training/lane-sum.h"

namespace modulab {
namespace {

/** What is read for all places of a window: most of the first cache. */
constexpr int64_t kCacheBytes = 24576;

/** Rows of maps, and the steps between their pixels. */
struct Rows {
  int64_t count, width, plane, row, column, gradientPlane, gradientRow;
};

template <int kernels, int channels>
void addProducts(const Rows& rows, const ImageVector* in, const ImageVector* gradient, ImageVector* sums) {
  ImageVector own[kernels][channels];
  for (int k = 0; k < kernels; k++) {
    for (int c = 0; c < channels; c++) own[k][c] = sums[k * channels + c];
  }
  for (int64_t y = 0; y < rows.count; y++) {
    const ImageVector* x = in + y * rows.row;
    const ImageVector* dy = gradient + y * rows.gradientRow;
    for (int64_t i = 0; i < rows.width; i++, x += rows.column, dy++) {
      ImageVector values[channels];
      for (int c = 0; c < channels; c++) values[c] = x[c * rows.plane];
      for (int k = 0; k < kernels; k++) {
        const ImageVector factor = dy[k * rows.gradientPlane];
        for (int c = 0; c < channels; c++) own[k][c] += values[c] * factor;
      }
    }
  }
  for (int k = 0; k < kernels; k++) {
    for (int c = 0; c < channels; c++) sums[k * channels + c] = own[k][c];
  }
}

using AddProducts = decltype(&addProducts<1, 1>);

template <int kernels, int... less>
AddProducts ofChannels(int channels, std::integer_sequence<int, less...>) {
  constexpr AddProducts all[] = {addProducts<kernels, less + 1>...};
  return all[channels - 1];
}

template <int... less>
AddProducts ofKernels(int kernels, int channels, std::integer_sequence<int, less...>) {
  constexpr auto kPixels = std::make_integer_sequence<int, kTilePixels>{};
  const AddProducts all[] = {ofChannels<less + 1>(channels, kPixels)...};
  return all[kernels - 1];
}

}  // namespace

DirectWeightGradient::DirectWeightGradient(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& gradient)
    : shape_(shape),
      in_(in),
      gradient_(gradient),
      kernels_(weightParts(shape.outChannels, kTileKernels)),
      channels_(weightParts(shape.channels, kTilePixels)) {
  const int64_t ofRow = (kTileKernels * gradient.row() + kTilePixels * shape.strideHeight * in.row()) *
                        static_cast<int64_t>(sizeof(ImageVector));
  rows_ = std::max<int64_t>(1, kCacheBytes / ofRow);
}

int64_t DirectWeightGradient::scratchVectors() const {
  return int64_t{shape_.filterHeight} * shape_.filterWidth * kTileKernels * kTilePixels;
}

void DirectWeightGradient::runBlock(const ImageVector* in, const ImageVector* gradient, ImageVector* scratch, float* out) const {
  for (int64_t unit = 0; unit < units(); unit++) run(unit, in, gradient, 1, scratch, out);
}

void DirectWeightGradient::runAll(const ImageVector* in, const ImageVector* gradient, int64_t blocks, ImageVector*,
                                  const Parallel& parallel, float* out) const {
  parallel(units(), [&](int64_t unit, ImageVector* scratch) { run(unit, in, gradient, blocks, scratch, out); });
}

void DirectWeightGradient::run(int64_t unit, const ImageVector* in, const ImageVector* gradient, int64_t blocks,
                               ImageVector* scratch, float* out) const {
  const ConvolutionShape& s = shape_;
  const auto channelParts = static_cast<int64_t>(channels_.size());
  const WeightPart kernels = kernels_[static_cast<size_t>(unit / channelParts)];
  const WeightPart channels = channels_[static_cast<size_t>(unit % channelParts)];
  const int tile = kernels.count * channels.count, places = s.filterHeight * s.filterWidth;
  const AddProducts add = ofKernels(kernels.count, channels.count, std::make_integer_sequence<int, kTileKernels>{});
  std::fill_n(scratch, places * tile, ImageVector{});
  Rows rows{0,           s.outWidth, in_.plane(), s.strideHeight * in_.row(), s.strideWidth, gradient_.plane(),
            gradient_.row()};
  for (int64_t block = 0; block < blocks; block++) {
    const ImageVector* x = in + block * in_.vectors();
    const ImageVector* dy = gradient + block * gradient_.vectors();
    for (int64_t y = 0; y < s.outHeight; y += rows_) {
      rows.count = std::min<int64_t>(rows_, s.outHeight - y);
      ImageVector* sums = scratch;
      for (int64_t i = 0; i < s.filterHeight; i++) {
        for (int64_t j = 0; j < s.filterWidth; j++, sums += tile) {
          add(rows, x + in_.at(channels.first, y * s.strideHeight + i * s.dilationHeight - s.padTop, j * s.dilationWidth - s.padLeft),
              dy + gradient_.at(kernels.first, y, 0), sums);
        }
      }
    }
  }
  for (int place = 0; place < places; place++) {
    for (int k = 0; k < kernels.count; k++) {
      for (int c = 0; c < channels.count; c++) {
        const int64_t at = (int64_t{place} * s.channels + channels.first + c) * s.outChannels + kernels.first + k;
        out[at] = laneSum(scratch[place * tile + k * channels.count + c]);
      }
    }
  }
}

}  // namespace modulab
