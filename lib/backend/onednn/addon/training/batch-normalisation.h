#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image-block/block-map.h"

namespace modulab {

/**
 * Batch normalisation of maps that lie in blocks, with the moments of all images of the batch, or with given ones. What
 * blocks give is put together in double precision and in their order. Images of empty lanes do not count.
 */
class BatchNormalisation {
 public:
  /** @param isFixed whether mean and variance are given */
  BatchNormalisation(const BlockMap& in, float epsilon, bool isFixed) : in_(in), epsilon_(epsilon), isFixed_(isFixed) {}

  /** Makes room for so many blocks. */
  void provide(int64_t blocks);
  /** Mean and squared deviations of one block. */
  void measure(int64_t block, const ImageVector* in, int64_t images);
  /**
   * From the blocks' moments those of the batch, written to `mean` and `variance` (biased), or from given ones.
   * @param gamma null for 1, and `beta` null for 0
   */
  void combine(int64_t images, const float* gamma, const float* beta, float* mean, float* variance);
  /** out = (in − mean) · scale + beta + second, and no less than 0 where it is a ReLU. `second` may be null. */
  void normalise(const ImageVector* in, const BlockMap& secondMap, const ImageVector* second, bool isRelu, const BlockMap& to,
                 ImageVector* out) const;

  /** What one block gives to the gradients of gamma and beta. */
  void measureGradient(int64_t block, const ImageVector* in, const BlockMap& from, const ImageVector* gradient);
  /** From the blocks' shares the gradients of gamma and beta; null where they are not wanted. */
  void combineGradient(int64_t images, float* gamma, float* beta);
  /** The gradient of one block's input; 0 in empty lanes. */
  void inputGradient(const ImageVector* in, const BlockMap& from, const ImageVector* gradient, int64_t images,
                     const BlockMap& to, ImageVector* out) const;

 private:
  /** Of a block and a channel: mean and squared deviations; later the gradient's sum, and that of its product with deviations. */
  struct Pair {
    double first, second;
  };
  Pair& shareOf(int64_t block, int64_t channel) {
    return shares_[static_cast<size_t>(block * in_.channels + channel)];
  }
  int64_t pixels() const { return in_.height * in_.width; }

  BlockMap in_;
  float epsilon_;
  bool isFixed_;
  std::vector<Pair> shares_;
  int64_t blocks_ = 0;
  /** By channel. dx = gradient · scale + (in − mean) · slope + constant */
  std::vector<float> mean_, scale_, beta_, slope_, constant_;
  std::vector<double> inverse_;
};

}  // namespace modulab
