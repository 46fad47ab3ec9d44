#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "layers/convolution-shape.h"
#include "image-block/block-map.h"

namespace modulab {

/**
 * The gradient of a convolution's kernels [height, width, in, out], by its input and the gradient of its result, which is 0 in
 * lanes without an image. What comes out does not depend on the number of threads.
 */
class WeightGradient {
 public:
  /** Calls work(unit, scratch) for every unit, on all threads, each with scratchVectors() vectors. */
  using Parallel =
      std::function<void(int64_t units, const std::function<void(int64_t unit, ImageVector* scratch)>& work)>;

  virtual ~WeightGradient() = default;

  /** Vectors of scratch memory that a thread needs. */
  virtual int64_t scratchVectors() const = 0;
  /** Vectors of memory that runAll() needs beside. */
  virtual int64_t sharedVectors() const { return 0; }
  /** Of one block, on the calling thread. */
  virtual void runBlock(const ImageVector* in, const ImageVector* gradient, ImageVector* scratch, float* out) const = 0;
  /** Of blocks that lie behind each other. */
  virtual void runAll(const ImageVector* in, const ImageVector* gradient, int64_t blocks, ImageVector* shared,
                      const Parallel& parallel, float* out) const = 0;

  /** Widens the border of the input's map to what is read. */
  static void surround(const ConvolutionShape& shape, BlockMap& in);
  /** @param shape of one image; no groups */
  static std::unique_ptr<WeightGradient> create(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& gradient);
};

/** Kernels, or channels, that are computed together. */
struct WeightPart {
  int64_t first;
  int count;
};

/** `count` divided into parts of at most `most`, of about the same size. */
std::vector<WeightPart> weightParts(int64_t count, int64_t most);

}  // namespace modulab
