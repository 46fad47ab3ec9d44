#pragma once
#include <cstdint>

#include "image-block/image-vector.h"
#include "plans/plan-value.h"

namespace modulab {

/** Blocks of images that are computed together at most, where maps are small. */
constexpr int64_t kJointBlocks = 4;

/** How maps of a block of images lie in memory: channel, row, column, image; with a border of zeros for windows that reach out. */
struct BlockMap {
  int64_t height = 1, width = 1, channels = 1;
  int64_t top = 0, left = 0, bottom = 0, right = 0;

  /** Without a border. */
  static BlockMap of(const PlanValue& value);

  int64_t row() const { return left + width + right; }
  /** From one channel to the next. */
  int64_t plane() const {
    const int64_t size = (top + height + bottom) * row();
    if (size == 1) return 1;
    // Channels a multiple of 4 kB apart would push each other out of the first cache: always an odd multiple of 4 vectors.
    return size + (12 - size % 8) % 8;
  }
  int64_t vectors() const { return channels * plane(); }
  int64_t at(int64_t channel, int64_t y, int64_t x) const { return channel * plane() + (top + y) * row() + left + x; }

  /** Whether it fills an inner loop's registers only together with those of other blocks. */
  bool isSmall() const { return height * width <= 16; }
  bool hasBorder() const { return top > 0 || left > 0 || bottom > 0 || right > 0; }
  /** Whether its border is as wide as the other's everywhere. */
  bool surrounds(const BlockMap& other) const {
    return top >= other.top && left >= other.left && bottom >= other.bottom && right >= other.right;
  }
  /** Makes the border at least so wide. */
  void surround(int64_t above, int64_t before, int64_t below, int64_t behind);
  /** Writes the border's zeros. */
  void clearBorder(ImageVector* map) const;
};

}  // namespace modulab
