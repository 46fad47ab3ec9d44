#include "training/weight-gradient.h"

#include <algorithm>
#include <cmath>

#include "training/direct-weight-gradient.h"
#include "training/winograd-weight-gradient.h"

namespace modulab {
namespace {

using Four = WinogradWeightGradient<FilteringOf4>;
using Two = WinogradWeightGradient<FilteringOf2>;
using One = WinogradWeightGradient<FilteringOf1>;

enum class Way { direct, filteringOf4, filteringOf2, single };

/** The cheapest by a count of instructions, of one image's shape alone. */
Way wayOf(const ConvolutionShape& s) {
  if (std::isfinite(One::cost(s))) return Way::single;
  const double direct = static_cast<double>(s.filterSize()) * s.outHeight * s.outWidth;
  const double four = Four::cost(s), two = Two::cost(s);
  if (direct <= std::min(four, two)) return Way::direct;
  return four <= two ? Way::filteringOf4 : Way::filteringOf2;
}

}  // namespace

void WeightGradient::surround(const ConvolutionShape& shape, BlockMap& in) {
  const Way way = wayOf(shape);
  if (way == Way::filteringOf4) WinogradConvolution<FilteringOf4>::surround(shape, in);
  if (way == Way::filteringOf2) WinogradConvolution<FilteringOf2>::surround(shape, in);
}

std::unique_ptr<WeightGradient> WeightGradient::create(const ConvolutionShape& shape, const BlockMap& in,
                                                       const BlockMap& gradient) {
  switch (wayOf(shape)) {
    case Way::filteringOf4:
      return std::make_unique<Four>(shape, in, gradient);
    case Way::filteringOf2:
      return std::make_unique<Two>(shape, in, gradient);
    case Way::single:
      return std::make_unique<One>(shape, in, gradient);
    default:
      return std::make_unique<DirectWeightGradient>(shape, in, gradient);
  }
}

std::vector<WeightPart> weightParts(int64_t count, int64_t most) {
  const int64_t parts = (count + most - 1) / most;
  std::vector<WeightPart> all;
  for (int64_t i = 0; i < parts; i++) {
    const int64_t first = count * i / parts;
    all.push_back({first, static_cast<int>(count * (i + 1) / parts - first)});
  }
  return all;
}

}  // namespace modulab
