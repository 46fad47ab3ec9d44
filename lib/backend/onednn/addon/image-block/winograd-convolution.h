#pragma once
#include <vector>

#include "image-block/block-convolution.h"
#include "image-block/minimal-filtering.h"

namespace modulab {

/**
 * Convolutions of 3 × 3 with steps of 1, by minimal filtering: 36 multiplications give 16 results instead of 144, or 16 four
 * instead of 36. Intermediate terms are larger; the results differ from the direct ones by some 1e-5 of a map's largest value.
 */
template <class Filtering>
class WinogradConvolution : public BlockConvolution {
 public:
  WinogradConvolution(const ConvolutionShape& shape, const BlockMap& in, const BlockMap& second, const BlockMap& out,
                      const float* kernel, const float* bias, BlockFinish finish, int64_t mostBlocks);

  void run(const ImageVector* in, const ImageVector* second, ImageVector* out, ImageVector* scratch,
           int64_t blocks) const override;
  int64_t scratchVectors() const override;
  void setWeights(const float* kernel, const float* bias) override;
  size_t bytes() const override { return (weights_.size() + biases_.size()) * sizeof(float); }

  /** Instructions for a block, by a count of multiplications and additions; infinity where it cannot. */
  static double cost(const ConvolutionShape& shape);
  /** Columns and rows behind the map that its last tiles read. */
  static void surround(const ConvolutionShape& shape, BlockMap& in);

 private:
  static constexpr int kResults = Filtering::kResults, kSide = Filtering::kSide, kPoints = kSide * kSide;

  /** A tile's first result, in a block of images. */
  struct Tile {
    int64_t block, y, x;
  };

  template <int tiles>
  void runTiles(const Tile* some, const ImageVector* in, const ImageVector* second, ImageVector* out,
                ImageVector* scratch) const;

  ConvolutionShape shape_;
  BlockMap in_, second_, out_;
  BlockFinish finish_;
  std::vector<int> parts_;
  /** [point, part, in, kernels of the part] */
  std::vector<float> weights_;
  std::vector<float> biases_;
  /** Tiles that are computed together at most. */
  int together_;
  /** Of all blocks, and how many one block has. */
  std::vector<Tile> tiles_;
  size_t tilesOfBlock_;
};

extern template class WinogradConvolution<FilteringOf4>;
extern template class WinogradConvolution<FilteringOf2>;

}  // namespace modulab
