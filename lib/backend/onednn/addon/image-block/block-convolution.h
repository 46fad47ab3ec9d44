#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "element-wise/activation.h"
#include "layers/convolution-shape.h"
#include "image-block/block-map.h"

namespace modulab {

/** What a convolution's results go through. */
struct BlockFinish {
  float lowest, highest;

  static BlockFinish of(Activation activation);
};

/** A convolution, or a dense layer, of a block of images; its kernels are kept as the inner loops read them. */
class BlockConvolution {
 public:
  virtual ~BlockConvolution() = default;

  /**
   * @param second added before the activation, or null
   * @param scratch scratchVectors() vectors
   * @param blocks how many blocks of images lie behind each other in each map
   */
  virtual void run(const ImageVector* in, const ImageVector* second, ImageVector* out, ImageVector* scratch,
                   int64_t blocks) const = 0;
  virtual int64_t scratchVectors() const { return 0; }
  /** Takes over other kernels; see create(). Those of training change with every step: they are transformed in float32. */
  virtual void setWeights(const float* kernel, const float* bias) = 0;
  /** Bytes of its kernels. */
  virtual size_t bytes() const = 0;

  /** Widens the border of the map that it reads to what its windows reach. */
  static void surround(const ConvolutionShape& shape, BlockMap& in);
  /**
   * @param shape of one image
   * @param second layout of what is added; as `out` where nothing is
   * @param kernel [height, width, in / groups, out], of depthwise convolutions [height, width, in, multiplier]; null where
   *   setWeights() follows
   * @param bias null for none
   * @param mostBlocks how many blocks of images are computed at once at most: small maps fill registers only together
   */
  static std::unique_ptr<BlockConvolution> create(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& second,
                                                  const BlockMap& out, const float* kernel, const float* bias,
                                                  BlockFinish finish, int64_t mostBlocks);
};

/** How `count` kernels are divided into parts of at most kTileKernels, of about the same size. */
std::vector<int> kernelParts(int64_t count);

}  // namespace modulab
