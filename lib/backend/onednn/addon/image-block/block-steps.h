#pragma once
#include <cstdint>
#include <vector>

#include "layers/convolution-shape.h"
#include "image-block/block-convolution.h"
#include "image-block/block-map.h"

namespace modulab {

// All of these run on the calling thread, and write all of `out` but its border.

/** Images [count, height, width, channels] to a block; the lanes behind the last image are zeros. */
void loadImages(const float* images, int64_t count, const BlockMap& map, ImageVector* out);
/** The first `count` images of a block as [count, height, width, channels]. */
void storeImages(const BlockMap& map, const ImageVector* in, int64_t count, float* images);

/** The largest value, or the mean, of the window's part that lies on the map. */
void poolWindows(const ConvolutionShape& shape, bool isMaximum, const BlockMap& from, const ImageVector* in, const BlockMap& to,
                 ImageVector* out);
/** Means over pixels, as features. */
void averageBlock(const BlockMap& from, const ImageVector* in, ImageVector* out);
/** A map as features in the order row, column, channel. */
void flattenBlock(const BlockMap& from, const ImageVector* in, ImageVector* out);
/** Channels of every stride-th row and column; those whose source is -1 are zeros. */
void copyBlockChannels(const std::vector<int32_t>& sources, int64_t strideHeight, int64_t strideWidth, const BlockMap& from,
                       const ImageVector* in, const BlockMap& to, ImageVector* out);
/** out = finish(in + second), value by value; `second` may be null. */
void addBlocks(const BlockMap& from, const ImageVector* in, const BlockMap& secondMap, const ImageVector* second,
               const BlockMap& to, ImageVector* out, BlockFinish finish);
/** Whether all values but the border's are finite and far from overflow: below 2^100. */
bool isModestBlock(const BlockMap& map, const ImageVector* in);

}  // namespace modulab
