#include "image-block/block-convolution.h"

#include <algorithm>
#include <cmath>

#include "image-block/direct-convolution.h"
#include "image-block/winograd-convolution.h"

namespace modulab {

BlockFinish BlockFinish::of(Activation activation) {
  return {activation == Activation::linear ? -INFINITY : 0.0f, activation == Activation::relu6 ? 6.0f : INFINITY};
}

namespace {

template <class Made>
struct Type {
  using Of = Made;
};

enum class Way { direct, filteringOf4, filteringOf2 };

/** The cheapest by a count of instructions. It looks at an image's shape only: results do not depend on how many there are. */
Way wayOf(const ConvolutionShape& s) {
  const double direct = static_cast<double>(s.filterSize()) * s.outHeight * s.outWidth;
  const double four = WinogradConvolution<FilteringOf4>::cost(s), two = WinogradConvolution<FilteringOf2>::cost(s);
  if (direct <= std::min(four, two)) return Way::direct;
  return four <= two ? Way::filteringOf4 : Way::filteringOf2;
}

}  // namespace

void BlockConvolution::surround(const ConvolutionShape& s, BlockMap& in) {
  const auto after = s.paddingAfter();
  switch (wayOf(s)) {
    case Way::direct:
      return in.surround(s.padTop, s.padLeft, after[0], after[1]);
    case Way::filteringOf4:
      return WinogradConvolution<FilteringOf4>::surround(s, in);
    case Way::filteringOf2:
      return WinogradConvolution<FilteringOf2>::surround(s, in);
  }
}

std::unique_ptr<BlockConvolution> BlockConvolution::create(const ConvolutionShape& shape, const BlockMap& in,
                                                           const BlockMap& second, const BlockMap& out, const float* kernel,
                                                           const float* bias, BlockFinish finish, int64_t mostBlocks) {
  const auto make = [&](auto type) -> std::unique_ptr<BlockConvolution> {
    return std::make_unique<typename decltype(type)::Of>(shape, in, second, out, kernel, bias, finish, mostBlocks);
  };
  switch (wayOf(shape)) {
    case Way::filteringOf4:
      return make(Type<WinogradConvolution<FilteringOf4>>{});
    case Way::filteringOf2:
      return make(Type<WinogradConvolution<FilteringOf2>>{});
    default:
      return make(Type<DirectConvolution>{});
  }
}

std::vector<int> kernelParts(int64_t count) {
  const int64_t parts = (count + kTileKernels - 1) / kTileKernels;
  std::vector<int> sizes;
  for (int64_t i = 0; i < parts; i++) sizes.push_back(static_cast<int>(count * (i + 1) / parts - count * i / parts));
  return sizes;
}

}  // namespace modulab
