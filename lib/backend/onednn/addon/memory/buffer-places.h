#pragma once
#include <cstddef>
#include <vector>

namespace modulab {

/** Memory that is in use from instruction `first` to instruction `last`, and where it lies. */
struct BufferPlace {
  size_t bytes, first, last, offset;
};

/** Rounded up to what buffers are aligned to: a page. */
size_t alignedBytes(size_t bytes);

/**
 * Gives buffers places so that those that are used at the same time do not overlap, each the smallest gap that it fits.
 * @returns the bytes that all of them take
 */
size_t placeBuffers(std::vector<BufferPlace>& buffers, size_t instructions);

}  // namespace modulab
