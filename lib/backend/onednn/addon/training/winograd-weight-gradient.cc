#include "winograd-weight-gradient.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "lane-sum.h"

namespace modulab {
namespace {

/** Tiles that are multiplied before lanes are added up: that takes as long as some four of them. */
constexpr int64_t kTilesOfBlock = 16;
/** What transformed tiles of some blocks may take: more does not stay in the last cache. */
constexpr int64_t kTransformedBytes = int64_t{24} << 20;

/** sums[channel · kernels + kernel] of products of tiles [tile, channel] and [tile, kernel], by image. */
template <int kernels, int channels>
void addProducts(int64_t tiles, const ImageVector* maps, const ImageVector* gradients, ImageVector* sums) {
  ImageVector own[kernels][channels];
  for (int k = 0; k < kernels; k++) {
    for (int c = 0; c < channels; c++) own[k][c] = ImageVector{};
  }
  for (int64_t t = 0; t < tiles; t++, maps += channels, gradients += kernels) {
    ImageVector values[channels];
    for (int c = 0; c < channels; c++) values[c] = maps[c];
    for (int k = 0; k < kernels; k++) {
      const ImageVector factor = gradients[k];
      for (int c = 0; c < channels; c++) own[k][c] += values[c] * factor;
    }
  }
  for (int c = 0; c < channels; c++) {
    for (int k = 0; k < kernels; k++) sums[c * kernels + k] = own[k][c];
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
  constexpr auto kChannels = std::make_integer_sequence<int, kTilePixels>{};
  const AddProducts all[] = {ofChannels<less + 1>(channels, kChannels)...};
  return all[kernels - 1];
}

template <class Filtering>
int64_t tilesAlong(int64_t size) {
  return (size + Filtering::kResults - 1) / Filtering::kResults;
}

}  // namespace

template <class Filtering>
double WinogradWeightGradient<Filtering>::cost(const ConvolutionShape& s) {
  const bool can = s.filterHeight == 3 && s.filterWidth == 3 && s.strideHeight == 1 && s.strideWidth == 1 &&
                   s.dilationHeight == 1 && s.dilationWidth == 1 && s.groups == 1;
  if (!can) return INFINITY;
  const double in = s.channels, out = s.outChannels;
  const auto tiles = static_cast<double>(tilesAlong<Filtering>(s.outHeight) * tilesAlong<Filtering>(s.outWidth));
  return tiles * (1.4 * kPoints * in * out + Filtering::kInputCost * (in + out));
}

template <class Filtering>
WinogradWeightGradient<Filtering>::WinogradWeightGradient(const ConvolutionShape& shape, const BlockMap& in,
                                                          const BlockMap& gradient)
    : shape_(shape),
      in_(in),
      gradient_(gradient),
      kernels_(weightParts(shape.outChannels, kTileKernels)),
      channels_(weightParts(shape.channels, kTilePixels)),
      down_(tilesAlong<Filtering>(shape.outHeight)),
      across_(tilesAlong<Filtering>(shape.outWidth)) {
  tilesAtOnce_ = std::min(tilesOfBlock(), kTilesOfBlock);
  const int64_t ofTile = kPoints * int64_t{shape.channels + shape.outChannels} * static_cast<int64_t>(sizeof(ImageVector));
  blocksAtOnce_ = std::max<int64_t>(1, kTransformedBytes / (ofTile * tilesOfBlock()));
}

template <class Filtering>
int64_t WinogradWeightGradient<Filtering>::vectorsFor(int64_t tiles) const {
  const int64_t inputs = shape_.channels, outputs = shape_.outChannels;
  return kPoints * ((inputs + outputs) * tiles + (inputs * outputs + kBlockImages - 1) / kBlockImages);
}

template <class Filtering>
auto WinogradWeightGradient<Filtering>::memoryOf(ImageVector* memory, int64_t tiles) const -> Memory {
  ImageVector* gradients = memory + kPoints * shape_.channels * tiles;
  return {memory, gradients, reinterpret_cast<float*>(gradients + kPoints * shape_.outChannels * tiles)};
}

template <class Filtering>
int64_t WinogradWeightGradient<Filtering>::scratchVectors() const {
  return vectorsFor(tilesAtOnce_);
}

template <class Filtering>
int64_t WinogradWeightGradient<Filtering>::sharedVectors() const {
  return vectorsFor(blocksAtOnce_ * tilesOfBlock());
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::runBlock(const ImageVector* in, const ImageVector* gradient, ImageVector* scratch,
                                                 float* out) const {
  const Memory memory = memoryOf(scratch, tilesAtOnce_);
  for (int64_t first = 0; first < tilesOfBlock(); first += tilesAtOnce_) {
    const int64_t tiles = std::min(tilesAtOnce_, tilesOfBlock() - first);
    for (const WeightPart& part : channels_) transformMaps(part, in, first, tiles, memory);
    for (const WeightPart& part : kernels_) transformGradients(part, gradient, first, tiles, memory);
    for (int64_t point = 0; point < kPoints; point++) multiply(point, tiles, first == 0, memory);
  }
  for (int64_t c = 0; c < shape_.channels; c++) finish(c, memory, out);
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::runAll(const ImageVector* in, const ImageVector* gradient, int64_t blocks,
                                               ImageVector* shared, const Parallel& parallel, float* out) const {
  const Memory memory = memoryOf(shared, blocksAtOnce_ * tilesOfBlock());
  const auto inputParts = static_cast<int64_t>(channels_.size()), outputParts = static_cast<int64_t>(kernels_.size());
  for (int64_t block = 0; block < blocks; block += blocksAtOnce_) {
    const int64_t first = block * tilesOfBlock(), tiles = std::min(blocksAtOnce_, blocks - block) * tilesOfBlock();
    parallel(inputParts + outputParts, [&](int64_t unit, ImageVector*) {
      if (unit < inputParts) transformMaps(channels_[static_cast<size_t>(unit)], in, first, tiles, memory);
      else transformGradients(kernels_[static_cast<size_t>(unit - inputParts)], gradient, first, tiles, memory);
    });
    parallel(kPoints, [&](int64_t point, ImageVector*) { multiply(point, tiles, block == 0, memory); });
  }
  parallel(shape_.channels, [&](int64_t channel, ImageVector*) { finish(channel, memory, out); });
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::transformMaps(const WeightPart& part, const ImageVector* in, int64_t first,
                                                      int64_t tiles, const Memory& to) const {
  const int64_t ofPoint = shape_.channels * tiles;
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t block = (first + t) / tilesOfBlock(), tile = (first + t) % tilesOfBlock();
    const int64_t y = tile / across_ * kResults - shape_.padTop, x = tile % across_ * kResults - shape_.padLeft;
    for (int64_t c = 0; c < part.count; c++) {
      const ImageVector* from = in + block * in_.vectors() + in_.at(part.first + c, y, x);
      ImageVector half[kPoints];
      for (int i = 0; i < kSide; i++) Filtering::transformInput(from + i, in_.row(), half + i, kSide);
      ImageVector* place = to.maps + part.first * tiles + t * part.count + c;
      for (int i = 0; i < kSide; i++) Filtering::transformInput(half + kSide * i, 1, place + kSide * i * ofPoint, ofPoint);
    }
  }
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::transformGradients(const WeightPart& part, const ImageVector* gradient, int64_t first,
                                                           int64_t tiles, const Memory& to) const {
  const int64_t ofPoint = shape_.outChannels * tiles;
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t block = (first + t) / tilesOfBlock(), tile = (first + t) % tilesOfBlock();
    const int64_t y = tile / across_ * kResults, x = tile % across_ * kResults;
    const int64_t rows = std::min<int64_t>(kResults, shape_.outHeight - y);
    const int64_t columns = std::min<int64_t>(kResults, shape_.outWidth - x);
    for (int64_t k = 0; k < part.count; k++) {
      const ImageVector* from = gradient + block * gradient_.vectors() + gradient_.at(part.first + k, y, x);
      ImageVector whole[kResults * kResults] = {}, half[kSide * kResults];
      for (int64_t i = 0; i < rows; i++) std::copy_n(from + i * gradient_.row(), columns, whole + kResults * i);
      for (int i = 0; i < kResults; i++) Filtering::transformGradient(whole + i, kResults, half + i, kResults);
      ImageVector* place = to.gradients + part.first * tiles + t * part.count + k;
      for (int i = 0; i < kSide; i++) {
        Filtering::transformGradient(half + kResults * i, 1, place + kSide * i * ofPoint, ofPoint);
      }
    }
  }
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::multiply(int64_t point, int64_t tiles, bool isFirst, const Memory& memory) const {
  const int64_t inputs = shape_.channels, outputs = shape_.outChannels;
  const ImageVector* maps = memory.maps + point * inputs * tiles;
  const ImageVector* gradients = memory.gradients + point * outputs * tiles;
  float* to = memory.sums + point * inputs * outputs;
  for (const WeightPart& some : kernels_) {
    for (const WeightPart& channels : channels_) {
      ImageVector sums[kTileKernels * kTilePixels];
      float values[kTileKernels * kTilePixels + kBlockImages];
      ofKernels(some.count, channels.count, std::make_integer_sequence<int, kTileKernels>{})(
          tiles, maps + channels.first * tiles, gradients + some.first * tiles, sums);
      laneSums(sums, some.count * channels.count, values);
      for (int c = 0; c < channels.count; c++) {
        float* row = to + (channels.first + c) * outputs + some.first;
        const float* more = values + c * some.count;
        if (isFirst) std::copy_n(more, some.count, row);
        else {
          for (int k = 0; k < some.count; k++) row[k] += more[k];
        }
      }
    }
  }
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::finish(int64_t channel, const Memory& memory, float* out) const {
  const int64_t inputs = shape_.channels, outputs = shape_.outChannels;
  for (int64_t k = 0; k < outputs; k += kBlockImages) {
    const auto bytes = static_cast<size_t>(std::min(kBlockImages, outputs - k)) * sizeof(float);
    ImageVector points[kPoints] = {}, half[3 * kSide], whole[9];
    for (int64_t point = 0; point < kPoints; point++) {
      std::memcpy(&points[point], memory.sums + (point * inputs + channel) * outputs + k, bytes);
    }
    for (int i = 0; i < kSide; i++) Filtering::transformKernelGradient(points + i, kSide, half + i, kSide);
    for (int i = 0; i < 3; i++) Filtering::transformKernelGradient(half + kSide * i, 1, whole + 3 * i, 1);
    for (int64_t i = 0; i < 9; i++) std::memcpy(out + (i * inputs + channel) * outputs + k, &whole[i], bytes);
  }
}

template class WinogradWeightGradient<FilteringOf4>;
template class WinogradWeightGradient<FilteringOf2>;

}  // namespace modulab
