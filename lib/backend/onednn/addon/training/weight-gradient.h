#pragma once
#include <cstdint>
#include <vector>

#include "../convolution-shape.h"
#include "../image-block/block-map.h"

namespace modulab {

/**
 * The gradient of a convolution's kernels, multiplied out: kernels × channels in registers, one place of the window after the
 * other. Images are added up at the end of a unit, in an order that does not depend on the number of threads.
 */
class WeightGradient {
 public:
  /** @param shape of one image; no groups */
  WeightGradient(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& gradient);

  /** Parts that can be computed independently: some kernels, some channels. */
  int64_t units() const { return static_cast<int64_t>(kernels_.size() * channels_.size()); }
  /** Vectors of scratch memory that a call needs. */
  int64_t scratchVectors() const;
  /**
   * One unit of [height, width, in, out], of so many blocks.
   * @param in the first block's maps
   * @param gradient of the results; 0 in lanes without an image
   */
  void run(int64_t unit, const ImageVector* in, const ImageVector* gradient, int64_t blocks, ImageVector* scratch,
           float* out) const;

 private:
  /** Kernels, or channels, that are computed together. */
  struct Part {
    int64_t first;
    int count;
  };

  static std::vector<Part> partsOf(int64_t count, int64_t most);

  ConvolutionShape shape_;
  BlockMap in_, gradient_;
  std::vector<Part> kernels_, channels_;
  /** Rows whose maps stay in the first cache for all places of the window. */
  int64_t rows_;
};

}  // namespace modulab
