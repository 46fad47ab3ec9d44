#pragma once
#include "image-block/winograd-convolution.h"
#include "training/weight-gradient.h"

namespace modulab {

/** Kernels of one weight, such as dense layers': every pixel is a tile, and nothing is transformed. */
struct FilteringOf1 {
  static constexpr int kKernel = 1, kResults = 1, kSide = 1;
  static constexpr double kInputCost = 2;

  static void transformInput(const ImageVector* d, int64_t, ImageVector* result, int64_t) { *result = *d; }
  static void transformGradient(const ImageVector* r, int64_t, ImageVector* result, int64_t) { *result = *r; }
  static void transformKernelGradient(const ImageVector* u, int64_t, ImageVector* result, int64_t) { *result = *u; }
};

/**
 * Of kernels of 3 × 3 with steps of 1, by minimal filtering: the transpose of what WinogradConvolution computes, in its
 * kernels. Tiles of input and gradient are transformed, multiplied point by point and added up, and the sums transformed back.
 */
template <class Filtering>
class WinogradWeightGradient : public WeightGradient {
 public:
  WinogradWeightGradient(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& gradient);

  int64_t scratchVectors() const override;
  int64_t sharedVectors() const override;
  void runBlock(const ImageVector* in, const ImageVector* gradient, ImageVector* scratch, float* out) const override;
  void runAll(const ImageVector* in, const ImageVector* gradient, int64_t blocks, ImageVector* shared, const Parallel& parallel,
              float* out) const override;

  /** Instructions for a block; infinity where it cannot. */
  static double cost(const ConvolutionShape& shape);

 private:
  static constexpr int kKernel = Filtering::kKernel, kResults = Filtering::kResults, kSide = Filtering::kSide;
  static constexpr int kPoints = kSide * kSide;

  /** Where transformed tiles, and sums of their products, lie. */
  struct Memory {
    /** [point, part, tile, channel of the part], lanes are images */
    ImageVector* maps;
    /** [point, part, tile, image, vector of the part], lanes are kernels */
    ImageVector* gradients;
    /** [point, in, vector], lanes are kernels */
    ImageVector* sums;
  };
  Memory memoryOf(ImageVector* memory, int64_t tiles) const;
  int64_t vectorsFor(int64_t tiles) const;
  int64_t tilesOfBlock() const { return down_ * across_; }

  /** Tiles `first` … `first + tiles`, counted through all blocks, of one part. */
  void transformMaps(const WeightPart& part, const ImageVector* in, int64_t first, int64_t tiles, const Memory& to) const;
  void transformGradients(const WeightPart& part, const ImageVector* gradient, int64_t first, int64_t tiles,
                          const Memory& to) const;
  /** Parts of multiply() that can be computed independently: a point, some kernels. */
  int64_t products() const { return kPoints * static_cast<int64_t>(kernels_.size()); }
  /** Products of one of them, added to what earlier tiles gave. */
  void multiply(int64_t product, int64_t tiles, bool isFirst, const Memory& memory) const;
  /** Gradients of one input channel from the sums. */
  void finish(int64_t channel, const Memory& memory, float* out) const;

  ConvolutionShape shape_;
  BlockMap in_, gradient_;
  /** Of so many lanes are all kernels; those behind the last one are 0. */
  int64_t vectors_;
  /** Vectors of kernels, and channels. */
  std::vector<WeightPart> kernels_, channels_;
  int64_t down_, across_;
  /** Tiles that runBlock(), and blocks that runAll(), transform at once. */
  int64_t tilesAtOnce_, blocksAtOnce_;
};

extern template class WinogradWeightGradient<FilteringOf4>;
extern template class WinogradWeightGradient<FilteringOf2>;
extern template class WinogradWeightGradient<FilteringOf1>;

}  // namespace modulab
