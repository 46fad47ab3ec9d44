#pragma once
#include <cstdint>

#include "image-block/image-vector.h"

namespace modulab {

/**
 * Softmax cross-entropy of a block's logits, in double precision.
 * @param labels class of every image; one that is none counts 0
 * @param images of the block; @param batch of all blocks, over which the gradient is a mean
 * @param loss, hits are added to
 * @param gradient 0 in empty lanes
 */
void crossEntropyBlock(const ImageVector* logits, int64_t classes, const int32_t* labels, int64_t images, int64_t batch,
                       double& loss, int64_t& hits, ImageVector* gradient);

}  // namespace modulab
