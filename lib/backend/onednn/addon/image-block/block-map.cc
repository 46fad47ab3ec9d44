#include "image-block/block-map.h"

#include <algorithm>

namespace modulab {

BlockMap BlockMap::of(const PlanValue& value) {
  BlockMap map;
  map.height = value.height;
  map.width = value.width;
  map.channels = value.channels;
  return map;
}

void BlockMap::surround(int64_t above, int64_t before, int64_t below, int64_t behind) {
  top = std::max(top, above);
  left = std::max(left, before);
  bottom = std::max(bottom, below);
  right = std::max(right, behind);
}

void BlockMap::clearBorder(ImageVector* map) const {
  const ImageVector zero{};
  for (int64_t c = 0; c < channels; c++) {
    ImageVector* channel = map + c * plane();
    std::fill(channel, channel + top * row() + left, zero);
    for (int64_t y = 0; y < height; y++) {
      // What follows one row and comes before the next lies together.
      ImageVector* end = channel + (top + y) * row() + left + width;
      std::fill(end, end + right + (y + 1 < height ? left : 0), zero);
    }
    ImageVector* below = channel + (top + height) * row();
    std::fill(below, below + bottom * row(), zero);
  }
}

}  // namespace modulab
