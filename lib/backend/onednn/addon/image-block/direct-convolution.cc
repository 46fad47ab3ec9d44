#include "image-block/direct-convolution.h"

#include <algorithm>
#include <utility>

namespace modulab {
namespace {

/** The channels and the steps of a window. */
struct Window {
  int64_t channels, height, width, plane, row, column;
};

template <int kernels, int pixels>
void tile(const Window& window, const ImageVector* in, const int64_t* starts, const float* weights, const float* biases,
          ImageVector* out, const int64_t* places, int64_t outPlane, const ImageVector* second, const int64_t* summands,
          int64_t secondPlane, BlockFinish finish) {
  ImageVector sums[kernels][pixels];
  for (int k = 0; k < kernels; k++) {
    for (int p = 0; p < pixels; p++) sums[k][p] = ImageVector{} + biases[k];
  }
  const ImageVector* from[pixels];
  for (int p = 0; p < pixels; p++) from[p] = in + starts[p];
  for (int64_t c = 0; c < window.channels; c++) {
    for (int64_t y = 0; y < window.height; y++) {
      int64_t at = c * window.plane + y * window.row;
      for (int64_t x = 0; x < window.width; x++, at += window.column, weights += kernels) {
        ImageVector values[pixels];
        for (int p = 0; p < pixels; p++) values[p] = from[p][at];
        for (int k = 0; k < kernels; k++) {
          const ImageVector weight = ImageVector{} + weights[k];
          for (int p = 0; p < pixels; p++) sums[k][p] += values[p] * weight;
        }
      }
    }
  }
  for (int k = 0; k < kernels; k++) {
    for (int p = 0; p < pixels; p++) {
      ImageVector sum = sums[k][p];
      if (second != nullptr) sum += second[k * secondPlane + summands[p]];
      out[k * outPlane + places[p]] = clamp(sum, finish.lowest, finish.highest);
    }
  }
}

template <int pixels, int... less>
auto tileOf(int kernels, std::integer_sequence<int, less...>) {
  using Tile = decltype(&tile<1, pixels>);
  constexpr Tile tiles[] = {tile<less + 1, pixels>...};
  return tiles[kernels - 1];
}

}  // namespace

DirectConvolution::DirectConvolution(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& second,
                                     const BlockMap& out, const float* kernel, const float* bias, BlockFinish finish, int64_t mostBlocks)
    : shape_(shape), in_(in), second_(second), out_(out), finish_(finish) {
  parts_ = kernelParts(shape.outChannels / shape.groups);
  weights_.resize(shape.filterSize());
  biases_.assign(static_cast<size_t>(shape.outChannels), 0.0f);
  if (kernel != nullptr) setWeights(kernel, bias);
  for (int64_t block = 0; block < mostBlocks; block++) {
    for (int64_t y = 0; y < shape.outHeight; y++) {
      for (int64_t x = 0; x < shape.outWidth; x++) {
        windows_.push_back(block * in.vectors() +
                           in.at(0, y * shape.strideHeight - shape.padTop, x * shape.strideWidth - shape.padLeft));
        places_.push_back(block * out.vectors() + out.at(0, y, x));
        summands_.push_back(block * second.vectors() + second.at(0, y, x));
      }
    }
  }
  // The very last tile computes its last pixel several times rather than by code of its own.
  while (windows_.size() % kTilePixels != 0) {
    windows_.push_back(windows_.back());
    places_.push_back(places_.back());
    summands_.push_back(summands_.back());
  }
}

void DirectConvolution::setWeights(const float* kernel, const float* bias) {
  const ConvolutionShape& s = shape_;
  const int64_t groups = s.groups, inputs = s.channels / groups, outputs = s.outChannels / groups;
  const int64_t places = int64_t{s.filterHeight} * s.filterWidth;
  float* to = weights_.data();
  // Of depthwise convolutions [height, width, in, multiplier] is the same memory as [height, width, 1, in × multiplier].
  for (int64_t g = 0; g < groups; g++) {
    int64_t first = g * outputs;
    for (const int part : parts_) {
      for (int64_t c = 0; c < inputs; c++) {
        for (int64_t place = 0; place < places; place++, to += part) {
          const float* from = kernel + (place * inputs + c) * s.outChannels + first;
          // So few that a call would take longer.
          for (int k = 0; k < part; k++) to[k] = from[k];
        }
      }
      first += part;
    }
  }
  if (bias != nullptr) std::copy(bias, bias + s.outChannels, biases_.begin());
}

void DirectConvolution::run(const ImageVector* in, const ImageVector* second, ImageVector* out, ImageVector*,
                            int64_t blocks) const {
  const int64_t count = blocks * shape_.outHeight * shape_.outWidth;
  if (count == 1) return runTiles<1>(in, second, out, count);
  runTiles<kTilePixels>(in, second, out, count);
}

template <int pixels>
void DirectConvolution::runTiles(const ImageVector* in, const ImageVector* second, ImageVector* out, int64_t count) const {
  const ConvolutionShape& s = shape_;
  const int64_t inputs = s.channels / s.groups;
  const Window window{inputs,  s.filterHeight, s.filterWidth, in_.plane(), s.dilationHeight * in_.row(), s.dilationWidth};
  const int64_t ofKernel = inputs * s.filterHeight * s.filterWidth;
  // A last tile that is not whole writes into blocks that are not looked at.
  for (size_t pixel = 0; pixel < static_cast<size_t>(count); pixel += pixels) {
    const float* weights = weights_.data();
    int64_t kernel = 0;
    for (int64_t g = 0; g < s.groups; g++) {
      for (const int part : parts_) {
        const auto run = tileOf<pixels>(part, std::make_integer_sequence<int, kTileKernels>{});
        run(window, in + g * inputs * in_.plane(), &windows_[pixel], weights, &biases_[static_cast<size_t>(kernel)],
            out + kernel * out_.plane(), &places_[pixel], out_.plane(),
            second == nullptr ? nullptr : second + kernel * second_.plane(), &summands_[pixel], second_.plane(), finish_);
        weights += part * ofKernel;
        kernel += part;
      }
    }
  }
}

}  // namespace modulab
