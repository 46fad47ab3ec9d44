#include "image-block/winograd-convolution.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace modulab {
namespace {

/** What the transformed tiles that are worked on may take: more does not stay in the second cache. */
constexpr int64_t kScratchBytes = int64_t{5} << 21;

/** [kernel][tile] of one point: products of transformed maps [channel][tile] and kernels [channel][kernel]. */
template <int kernels, int tiles>
void multiply(int64_t channels, const ImageVector* maps, const float* weights, ImageVector* out) {
  ImageVector sums[kernels][tiles];
  for (int k = 0; k < kernels; k++) {
    for (int t = 0; t < tiles; t++) sums[k][t] = ImageVector{};
  }
  for (int64_t c = 0; c < channels; c++, maps += tiles, weights += kernels) {
    for (int k = 0; k < kernels; k++) {
      const ImageVector weight = ImageVector{} + weights[k];
      for (int t = 0; t < tiles; t++) sums[k][t] += maps[t] * weight;
    }
  }
  for (int k = 0; k < kernels; k++) {
    for (int t = 0; t < tiles; t++) out[k * tiles + t] = sums[k][t];
  }
}

template <int tiles, int... less>
auto multiplyOf(int kernels, std::integer_sequence<int, less...>) {
  using Multiply = decltype(&multiply<1, tiles>);
  constexpr Multiply all[] = {multiply<less + 1, tiles>...};
  return all[kernels - 1];
}

/** From one point's values to the next one's: no multiple of 4 kB, which would push each other out of the first cache. */
int64_t spread(int64_t values) { return values + (12 - values % 8) % 8; }

template <class Filtering>
int64_t tilesAlong(int64_t size) {
  return (size + Filtering::kResults - 1) / Filtering::kResults;
}

}  // namespace

template <class Filtering>
double WinogradConvolution<Filtering>::cost(const ConvolutionShape& s) {
  const bool can = s.filterHeight == 3 && s.filterWidth == 3 && s.strideHeight == 1 && s.strideWidth == 1 &&
                   s.dilationHeight == 1 && s.dilationWidth == 1 && s.groups == 1;
  if (!can) return INFINITY;
  const double in = s.channels, out = s.outChannels;
  const auto tiles = static_cast<double>(tilesAlong<Filtering>(s.outHeight) * tilesAlong<Filtering>(s.outWidth));
  return tiles * (kPoints * in * out + Filtering::kInputCost * in + Filtering::kOutputCost * out);
}

template <class Filtering>
void WinogradConvolution<Filtering>::surround(const ConvolutionShape& s, BlockMap& in) {
  const int64_t bottom = tilesAlong<Filtering>(s.outHeight) * kResults + 2 - s.padTop - s.height;
  const int64_t right = tilesAlong<Filtering>(s.outWidth) * kResults + 2 - s.padLeft - s.width;
  in.surround(s.padTop, s.padLeft, bottom, right);
}

template <class Filtering>
WinogradConvolution<Filtering>::WinogradConvolution(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& second,
                                                    const BlockMap& out, const float* kernel, const float* bias,
                                                    BlockFinish finish, int64_t mostBlocks)
    : shape_(shape), in_(in), second_(second), out_(out), finish_(finish) {
  const int64_t inputs = shape.channels, outputs = shape.outChannels;
  parts_ = kernelParts(outputs);
  const auto pairs = static_cast<size_t>(inputs * outputs);
  weights_.resize(kPoints * pairs);
  biases_.assign(static_cast<size_t>(outputs), 0.0f);
  if (bias != nullptr) std::copy(bias, bias + outputs, biases_.begin());
  int64_t first = 0;
  for (const int part : parts_) {
    for (int64_t c = 0; kernel != nullptr && c < inputs; c++) {
      for (int64_t k = 0; k < part; k++) {
        double given[9], half[3 * kSide], whole[kPoints];
        for (int64_t i = 0; i < 9; i++) given[i] = kernel[(i * inputs + c) * outputs + first + k];
        for (int64_t x = 0; x < 3; x++) Filtering::transformKernel(given + x, 3, half + x, 3);
        for (int64_t y = 0; y < kSide; y++) Filtering::transformKernel(half + 3 * y, 1, whole + kSide * y, 1);
        for (size_t point = 0; point < kPoints; point++) {
          weights_[point * pairs + static_cast<size_t>(first * inputs + c * part + k)] = static_cast<float>(whole[point]);
        }
      }
    }
    first += part;
  }
  for (int64_t block = 0; block < mostBlocks; block++) {
    for (int64_t y = 0; y < shape.outHeight; y += kResults) {
      for (int64_t x = 0; x < shape.outWidth; x += kResults) tiles_.push_back({block, y, x});
    }
  }
  tilesOfBlock_ = tiles_.size() / static_cast<size_t>(mostBlocks);
  const int64_t ofTile = kPoints * (inputs + outputs) * static_cast<int64_t>(sizeof(ImageVector));
  together_ = static_cast<int>(std::min<int64_t>(kTilePixels, std::max<int64_t>(1, kScratchBytes / ofTile)));
  together_ = std::min(together_, static_cast<int>(tiles_.size()));
}

template <class Filtering>
void WinogradConvolution<Filtering>::setWeights(const float* kernel, const float* bias) {
  constexpr int64_t kChannels = 16, kRow = kChannels * kTileKernels + kBlockImages;
  const int64_t inputs = shape_.channels, outputs = shape_.outChannels;
  const auto pairs = static_cast<size_t>(inputs * outputs);
  const float* end = kernel + 9 * pairs;
  // Of some channels at once, so that what is written behind each other fills whole cache lines.
  std::vector<float> rows(static_cast<size_t>(kPoints * kRow));
  for (int64_t channel = 0; channel < inputs; channel += kChannels) {
    const int64_t channels = std::min<int64_t>(kChannels, inputs - channel);
    int64_t first = 0;
    for (const int part : parts_) {
      for (int64_t at = 0; at < channels * part; at += std::min<int64_t>(kBlockImages, part - at % part)) {
        const int64_t c = channel + at / part, k = at % part;
        ImageVector given[9] = {}, half[3 * kSide], whole[kPoints];
        for (int64_t i = 0; i < 9; i++) {
          const float* from = kernel + (i * inputs + c) * outputs + first + k;
          // What is behind the part is not looked at.
          if (end - from >= kBlockImages) std::memcpy(&given[i], from, sizeof(ImageVector));
          else std::memcpy(&given[i], from, static_cast<size_t>(end - from) * sizeof(float));
        }
        for (int64_t x = 0; x < 3; x++) Filtering::transformKernel(given + x, 3, half + x, 3);
        for (int64_t y = 0; y < kSide; y++) Filtering::transformKernel(half + 3 * y, 1, whole + kSide * y, 1);
        // What is too much is written over by the next channel.
        for (int64_t point = 0; point < kPoints; point++) {
          std::memcpy(&rows[static_cast<size_t>(point * kRow + at)], &whole[point], sizeof(ImageVector));
        }
      }
      for (int64_t point = 0; point < kPoints; point++) {
        std::copy_n(&rows[static_cast<size_t>(point * kRow)], channels * part,
                    weights_.data() + static_cast<size_t>(point) * pairs + first * inputs + channel * part);
      }
      first += part;
    }
  }
  if (bias != nullptr) std::copy(bias, bias + outputs, biases_.begin());
}

template <class Filtering>
int64_t WinogradConvolution<Filtering>::scratchVectors() const {
  return kPoints * (spread(int64_t{shape_.channels} * together_) + spread(int64_t{shape_.outChannels} * together_));
}

template <class Filtering>
void WinogradConvolution<Filtering>::run(const ImageVector* in, const ImageVector* second, ImageVector* out,
                                         ImageVector* scratch, int64_t blocks) const {
  size_t next = 0;
  const size_t end = tilesOfBlock_ * static_cast<size_t>(blocks);
  const auto all = [&](auto count) {
    constexpr int tiles = decltype(count)::value;
    for (; together_ >= tiles && next + tiles <= end; next += tiles) {
      runTiles<tiles>(&tiles_[next], in, second, out, scratch);
    }
  };
#if defined(__AVX512F__)
  all(std::integral_constant<int, 4>{});
  all(std::integral_constant<int, 3>{});
#endif
  all(std::integral_constant<int, 2>{});
  all(std::integral_constant<int, 1>{});
}

template <class Filtering>
template <int tiles>
void WinogradConvolution<Filtering>::runTiles(const Tile* some, const ImageVector* in, const ImageVector* second,
                                              ImageVector* out, ImageVector* scratch) const {
  const int64_t inputs = shape_.channels, outputs = shape_.outChannels;
  const int64_t ofMaps = spread(inputs * tiles), ofProducts = spread(outputs * tiles);
  ImageVector* maps = scratch;
  ImageVector* products = scratch + kPoints * ofMaps;
  const ImageVector* windows[tiles];
  for (int t = 0; t < tiles; t++) {
    windows[t] = in + some[t].block * in_.vectors() + in_.at(0, some[t].y - shape_.padTop, some[t].x - shape_.padLeft);
  }
  for (int64_t c = 0; c < inputs; c++) {
    for (int t = 0; t < tiles; t++) {
      const ImageVector* from = windows[t] + c * in_.plane();
      ImageVector half[kPoints];
      for (int x = 0; x < kSide; x++) Filtering::transformInput(from + x, in_.row(), half + x, kSide);
      for (int y = 0; y < kSide; y++) {
        Filtering::transformInput(half + kSide * y, 1, maps + kSide * y * ofMaps + c * tiles + t, ofMaps);
      }
    }
  }
  const float* weights = weights_.data();
  for (int64_t point = 0; point < kPoints; point++) {
    ImageVector* to = products + point * ofProducts;
    for (const int part : parts_) {
      multiplyOf<tiles>(part, std::make_integer_sequence<int, kTileKernels>{})(inputs, maps + point * ofMaps, weights, to);
      weights += part * inputs;
      to += part * tiles;
    }
  }
  for (int64_t k = 0; k < outputs; k++) {
    const float bias = biases_[static_cast<size_t>(k)];
    for (int t = 0; t < tiles; t++) {
      const Tile& tile = some[t];
      ImageVector half[kResults * kSide], whole[kResults * kResults];
      const ImageVector* from = products + k * tiles + t;
      for (int x = 0; x < kSide; x++) Filtering::transformOutput(from + x * ofProducts, kSide * ofProducts, half + x, kSide);
      for (int y = 0; y < kResults; y++) Filtering::transformOutput(half + kSide * y, 1, whole + kResults * y, 1);
      const int64_t rows = std::min<int64_t>(kResults, shape_.outHeight - tile.y);
      const int64_t columns = std::min<int64_t>(kResults, shape_.outWidth - tile.x);
      ImageVector* to = out + tile.block * out_.vectors() + out_.at(k, tile.y, tile.x);
      const ImageVector* summand =
          second == nullptr ? nullptr : second + tile.block * second_.vectors() + second_.at(k, tile.y, tile.x);
      for (int64_t y = 0; y < rows; y++) {
        for (int64_t x = 0; x < columns; x++) {
          ImageVector sum = whole[kResults * y + x] + bias;
          if (summand != nullptr) sum += summand[y * second_.row() + x];
          to[y * out_.row() + x] = clamp(sum, finish_.lowest, finish_.highest);
        }
      }
    }
  }
}

template class WinogradConvolution<FilteringOf4>;
template class WinogradConvolution<FilteringOf2>;

}  // namespace modulab
