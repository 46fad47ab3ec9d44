#pragma once
#include "training/weight-gradient.h"

namespace modulab {

/** Multiplied out: kernels × channels in registers, one place of the window after the other. */
class DirectWeightGradient : public WeightGradient {
 public:
  DirectWeightGradient(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& gradient);

  int64_t scratchVectors() const override;
  void runBlock(const ImageVector* in, const ImageVector* gradient, ImageVector* scratch, float* out) const override;
  void runAll(const ImageVector* in, const ImageVector* gradient, int64_t blocks, ImageVector* shared, const Parallel& parallel,
              float* out) const override;

 private:
  /** Parts that can be computed independently: some kernels, some channels. */
  int64_t units() const { return static_cast<int64_t>(kernels_.size() * channels_.size()); }
  void run(int64_t unit, const ImageVector* in, const ImageVector* gradient, int64_t blocks, ImageVector* scratch,
           float* out) const;

  ConvolutionShape shape_;
  BlockMap in_, gradient_;
  std::vector<WeightPart> kernels_, channels_;
  /** Rows whose maps stay in the first cache for all places of the window. */
  int64_t rows_;
};

}  // namespace modulab
