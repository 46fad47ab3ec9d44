#pragma once
#include <cstdint>
#include <vector>

#include "layers/convolution-shape.h"
#include "image-block/block-map.h"

namespace modulab {

// Of one block each. All of these run on the calling thread, and write all of `out` but its border.

/** out = gradient where result > 0, else 0; without a result a copy. `out` may be the gradient itself. */
void reluGradientBlock(const BlockMap& resultMap, const ImageVector* result, const BlockMap& from, const ImageVector* gradient,
                       const BlockMap& to, ImageVector* out);
/** Every window's gradient to the first of its largest inputs in row-major order; nowhere where none is above −∞. */
void maxPoolGradientBlock(const ConvolutionShape& shape, const BlockMap& inMap, const ImageVector* in, const BlockMap& from,
                          const ImageVector* gradient, const BlockMap& to, ImageVector* out);
/** Every window's gradient in equal shares to its places, those beyond the map among them, as tfjs has it. */
void averagePoolGradientBlock(const ConvolutionShape& shape, const BlockMap& from, const ImageVector* gradient,
                              const BlockMap& to, ImageVector* out);
/** The gradient of features as that of the map that they are the means of. */
void averageGradientBlock(const ImageVector* gradient, const BlockMap& to, ImageVector* out);
/** Features as the map that they were. */
void unflattenBlock(const ImageVector* features, const BlockMap& to, ImageVector* out);
/** The gradient of what copyBlockChannels() copied. */
void copyChannelsGradientBlock(const std::vector<int32_t>& sources, int64_t strideHeight, int64_t strideWidth,
                               const BlockMap& from, const ImageVector* gradient, const BlockMap& to, ImageVector* out);
/** The map with rows and columns of zeros in between. */
void spreadBlock(int64_t strideHeight, int64_t strideWidth, const BlockMap& from, const ImageVector* in, const BlockMap& to,
                 ImageVector* out);
/** `count` channels from `first` on, to the channels of `out` from `place` on. */
void copyBlock(int64_t first, int64_t count, const BlockMap& from, const ImageVector* in, int64_t place, const BlockMap& to,
               ImageVector* out);
/** out = in · mask, value by value. */
void multiplyBlock(const BlockMap& from, const ImageVector* in, const BlockMap& maskMap, const ImageVector* mask,
                   const BlockMap& to, ImageVector* out);
/** Sums over a block's pixels and images, one per channel. */
void sumBlockChannels(const BlockMap& map, const ImageVector* in, int64_t images, double* sums);

}  // namespace modulab
