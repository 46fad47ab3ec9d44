#pragma once
#include <vector>

#include "image-block/block-convolution.h"

namespace modulab {

/** Any convolution, multiplied out: kernels × pixels in registers. */
class DirectConvolution : public BlockConvolution {
 public:
  DirectConvolution(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& second, const BlockMap& out,
                    const float* kernel, const float* bias, BlockFinish finish, int64_t mostBlocks);

  void run(const ImageVector* in, const ImageVector* second, ImageVector* out, ImageVector* scratch,
           int64_t blocks) const override;
  void setWeights(const float* kernel, const float* bias) override;
  size_t bytes() const override { return (weights_.size() + biases_.size()) * sizeof(float); }

 private:
  template <int pixels>
  void runTiles(const ImageVector* in, const ImageVector* second, ImageVector* out, int64_t count) const;

  ConvolutionShape shape_;
  BlockMap in_, second_, out_;
  BlockFinish finish_;
  std::vector<int> parts_;
  /** Per group and part [in / groups, height, width, kernels of the part]. */
  std::vector<float> weights_;
  std::vector<float> biases_;
  /** By pixel of all blocks' results: where its window begins, where it lies, and where what is added to it lies. */
  std::vector<int64_t> windows_, places_, summands_;
};

}  // namespace modulab
