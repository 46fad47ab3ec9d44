#include "training/winograd-weight-gradient.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "training/transposed-lanes.h"

namespace modulab {
namespace {

/** What transformed tiles of a block, and of some blocks, may take: more does not stay in the second and the last cache. */
constexpr int64_t kBlockBytes = int64_t{3} << 17, kTransformedBytes = int64_t{24} << 20;
/** Channels, and registers of kernels, that are multiplied at once. */
constexpr int kTileChannels = kTileKernels, kTileVectors = kTilePixels;

/**
 * sums[channel][vector] of products of maps [tile, channel, image] and gradients [tile, image, vector of kernels]: lanes are
 * kernels here, so that images need no adding up.
 */
template <int channels, int vectors>
void addProducts(int64_t tiles, const ImageVector* maps, const ImageVector* gradients, ImageVector* sums, int64_t ofChannel) {
  ImageVector own[channels][vectors];
  for (int c = 0; c < channels; c++) {
    for (int v = 0; v < vectors; v++) own[c][v] = sums[c * ofChannel + v];
  }
  for (int64_t t = 0; t < tiles; t++, maps += channels) {
    for (int64_t image = 0; image < kBlockImages; image++, gradients += vectors) {
      for (int c = 0; c < channels; c++) {
        const ImageVector factor = ImageVector{} + maps[c][image];
        for (int v = 0; v < vectors; v++) own[c][v] += gradients[v] * factor;
      }
    }
  }
  for (int c = 0; c < channels; c++) {
    for (int v = 0; v < vectors; v++) sums[c * ofChannel + v] = own[c][v];
  }
}

using AddProducts = decltype(&addProducts<1, 1>);

template <int channels, int... less>
AddProducts ofVectors(int vectors, std::integer_sequence<int, less...>) {
  constexpr AddProducts all[] = {addProducts<channels, less + 1>...};
  return all[vectors - 1];
}

template <int... less>
AddProducts ofChannels(int channels, int vectors, std::integer_sequence<int, less...>) {
  constexpr auto kVectors = std::make_integer_sequence<int, kTileVectors>{};
  const AddProducts all[] = {ofVectors<less + 1>(vectors, kVectors)...};
  return all[channels - 1];
}

int64_t vectorsOf(int64_t values) { return (values + kBlockImages - 1) / kBlockImages; }

template <class Filtering>
int64_t tilesAlong(int64_t size) {
  return (size + Filtering::kResults - 1) / Filtering::kResults;
}

}  // namespace

template <class Filtering>
double WinogradWeightGradient<Filtering>::cost(const ConvolutionShape& s) {
  const bool can = s.filterHeight == kKernel && s.filterWidth == kKernel && s.strideHeight == 1 && s.strideWidth == 1 &&
                   s.dilationHeight == 1 && s.dilationWidth == 1 && s.groups == 1;
  if (!can) return INFINITY;
  const double in = s.channels, out = static_cast<double>(vectorsOf(s.outChannels) * kBlockImages);
  const auto tiles = static_cast<double>(tilesAlong<Filtering>(s.outHeight) * tilesAlong<Filtering>(s.outWidth));
  return tiles * (1.1 * kPoints * in * out + Filtering::kInputCost * (in + 1.5 * out));
}

template <class Filtering>
WinogradWeightGradient<Filtering>::WinogradWeightGradient(const ConvolutionShape& shape, const BlockMap& in,
                                                          const BlockMap& gradient)
    : shape_(shape),
      in_(in),
      gradient_(gradient),
      vectors_(vectorsOf(shape.outChannels)),
      kernels_(weightParts(vectors_, kTileVectors)),
      channels_(weightParts(shape.channels, kTileChannels)),
      down_(tilesAlong<Filtering>(shape.outHeight)),
      across_(tilesAlong<Filtering>(shape.outWidth)) {
  const int64_t ofTile = kPoints * (shape.channels + vectors_ * kBlockImages) * static_cast<int64_t>(sizeof(ImageVector));
  tilesAtOnce_ = std::clamp<int64_t>(kBlockBytes / ofTile, 1, tilesOfBlock());
  blocksAtOnce_ = std::max<int64_t>(1, kTransformedBytes / (ofTile * tilesOfBlock()));
}

template <class Filtering>
int64_t WinogradWeightGradient<Filtering>::vectorsFor(int64_t tiles) const {
  const int64_t inputs = shape_.channels;
  return kPoints * ((inputs + vectors_ * kBlockImages) * tiles + inputs * vectors_);
}

template <class Filtering>
auto WinogradWeightGradient<Filtering>::memoryOf(ImageVector* memory, int64_t tiles) const -> Memory {
  ImageVector* gradients = memory + kPoints * shape_.channels * tiles;
  return {memory, gradients, gradients + kPoints * vectors_ * kBlockImages * tiles};
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
    for (int64_t product = 0; product < products(); product++) multiply(product, tiles, first == 0, memory);
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
    parallel(products(), [&](int64_t product, ImageVector*) { multiply(product, tiles, block == 0, memory); });
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
  const int64_t ofPoint = vectors_ * kBlockImages * tiles;
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t block = (first + t) / tilesOfBlock(), tile = (first + t) % tilesOfBlock();
    const int64_t y = tile / across_ * kResults, x = tile % across_ * kResults;
    const int64_t rows = std::min<int64_t>(kResults, shape_.outHeight - y);
    const int64_t columns = std::min<int64_t>(kResults, shape_.outWidth - x);
    for (int64_t v = 0; v < part.count; v++) {
      const int64_t kernel = (part.first + v) * kBlockImages, count = std::min(kBlockImages, shape_.outChannels - kernel);
      // By point, what is to become rows of images and columns of kernels.
      ImageVector points[kPoints][kBlockImages];
      for (int64_t k = 0; k < count; k++) {
        const ImageVector* from = gradient + block * gradient_.vectors() + gradient_.at(kernel + k, y, x);
        ImageVector whole[kResults * kResults] = {}, half[kSide * kResults];
        for (int64_t i = 0; i < rows; i++) {
          for (int64_t j = 0; j < columns; j++) whole[kResults * i + j] = from[i * gradient_.row() + j];
        }
        for (int i = 0; i < kResults; i++) Filtering::transformGradient(whole + i, kResults, half + i, kResults);
        for (int i = 0; i < kSide; i++) {
          Filtering::transformGradient(half + kResults * i, 1, &points[kSide * i][k], kBlockImages);
        }
      }
      ImageVector* place = to.gradients + part.first * kBlockImages * tiles + t * kBlockImages * part.count + v;
      for (int64_t point = 0; point < kPoints; point++) {
        for (int64_t k = count; k < kBlockImages; k++) points[point][k] = ImageVector{};
        transposeLanes(points[point]);
        for (int64_t image = 0; image < kBlockImages; image++) {
          place[point * ofPoint + image * part.count] = points[point][image];
        }
      }
    }
  }
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::multiply(int64_t product, int64_t tiles, bool isFirst, const Memory& memory) const {
  const int64_t inputs = shape_.channels, parts = static_cast<int64_t>(kernels_.size()), point = product / parts;
  const WeightPart& some = kernels_[static_cast<size_t>(product % parts)];
  const ImageVector* maps = memory.maps + point * inputs * tiles;
  const ImageVector* gradients = memory.gradients + (point * vectors_ + some.first) * kBlockImages * tiles;
  ImageVector* sums = memory.sums + point * inputs * vectors_ + some.first;
  for (int64_t c = 0; isFirst && c < inputs; c++) std::fill_n(sums + c * vectors_, some.count, ImageVector{});
  for (const WeightPart& channels : channels_) {
    ofChannels(channels.count, some.count, std::make_integer_sequence<int, kTileChannels>{})(
        tiles, maps + channels.first * tiles, gradients, sums + channels.first * vectors_, vectors_);
  }
}

template <class Filtering>
void WinogradWeightGradient<Filtering>::finish(int64_t channel, const Memory& memory, float* out) const {
  const int64_t inputs = shape_.channels, outputs = shape_.outChannels;
  for (int64_t v = 0; v < vectors_; v++) {
    const int64_t k = v * kBlockImages;
    const auto bytes = static_cast<size_t>(std::min(kBlockImages, outputs - k)) * sizeof(float);
    ImageVector points[kPoints], half[kKernel * kSide], whole[kKernel * kKernel];
    for (int64_t point = 0; point < kPoints; point++) points[point] = memory.sums[(point * inputs + channel) * vectors_ + v];
    for (int i = 0; i < kSide; i++) Filtering::transformKernelGradient(points + i, kSide, half + i, kSide);
    for (int i = 0; i < kKernel; i++) {
      Filtering::transformKernelGradient(half + kSide * i, 1, whole + kKernel * i, 1);
    }
    for (int64_t i = 0; i < kKernel * kKernel; i++) std::memcpy(out + (i * inputs + channel) * outputs + k, &whole[i], bytes);
  }
}

template class WinogradWeightGradient<FilteringOf4>;
template class WinogradWeightGradient<FilteringOf2>;
template class WinogradWeightGradient<FilteringOf1>;

}  // namespace modulab
