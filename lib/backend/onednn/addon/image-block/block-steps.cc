#include "image-block/block-steps.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "plans/plan-kernels.h"

namespace modulab {

void loadImages(const float* images, int64_t count, const BlockMap& map, ImageVector* out) {
  const int64_t size = map.height * map.width * map.channels;
  for (int64_t c = 0; c < map.channels; c++) {
    for (int64_t y = 0; y < map.height; y++) {
      ImageVector* to = out + map.at(c, y, 0);
      const float* from = images + y * map.width * map.channels + c;
      for (int64_t x = 0; x < map.width; x++) {
        float lanes[kBlockImages] = {};
        for (int64_t i = 0; i < count; i++) lanes[i] = from[i * size + x * map.channels];
        std::memcpy(to + x, lanes, sizeof lanes);
      }
    }
  }
}

void storeImages(const BlockMap& map, const ImageVector* in, int64_t count, float* images) {
  const int64_t size = map.height * map.width * map.channels;
  for (int64_t c = 0; c < map.channels; c++) {
    for (int64_t y = 0; y < map.height; y++) {
      const ImageVector* from = in + map.at(c, y, 0);
      float* to = images + y * map.width * map.channels + c;
      for (int64_t x = 0; x < map.width; x++) {
        float lanes[kBlockImages];
        std::memcpy(lanes, from + x, sizeof lanes);
        for (int64_t i = 0; i < count; i++) to[i * size + x * map.channels] = lanes[i];
      }
    }
  }
}

void poolWindows(const ConvolutionShape& s, bool isMaximum, const BlockMap& from, const ImageVector* in, const BlockMap& to,
                 ImageVector* out) {
  for (int64_t c = 0; c < from.channels; c++) {
    for (int64_t y = 0; y < s.outHeight; y++) {
      const int64_t top = y * s.strideHeight - s.padTop;
      for (int64_t x = 0; x < s.outWidth; x++) {
        const int64_t left = x * s.strideWidth - s.padLeft;
        ImageVector result = ImageVector{} + (isMaximum ? -INFINITY : 0.0f);
        int64_t count = 0;
        for (int64_t i = top; i < top + int64_t{s.filterHeight} * s.dilationHeight; i += s.dilationHeight) {
          if (i < 0 || i >= from.height) continue;
          for (int64_t j = left; j < left + int64_t{s.filterWidth} * s.dilationWidth; j += s.dilationWidth) {
            if (j < 0 || j >= from.width) continue;
            const ImageVector value = in[from.at(c, i, j)];
            count++;
            if (isMaximum) result = value > result ? value : result;
            else result += value;
          }
        }
        out[to.at(c, y, x)] = isMaximum ? result : result * (1.0f / static_cast<float>(std::max<int64_t>(count, 1)));
      }
    }
  }
}

void averageBlock(const BlockMap& from, const ImageVector* in, ImageVector* out) {
  const float share = 1.0f / static_cast<float>(from.height * from.width);
  for (int64_t c = 0; c < from.channels; c++) {
    ImageVector sum{};
    for (int64_t y = 0; y < from.height; y++) {
      const ImageVector* row = in + from.at(c, y, 0);
      for (int64_t x = 0; x < from.width; x++) sum += row[x];
    }
    out[c] = sum * share;
  }
}

void flattenBlock(const BlockMap& from, const ImageVector* in, ImageVector* out) {
  for (int64_t y = 0; y < from.height; y++) {
    for (int64_t x = 0; x < from.width; x++) {
      for (int64_t c = 0; c < from.channels; c++) *out++ = in[from.at(c, y, x)];
    }
  }
}

void copyBlockChannels(const std::vector<int32_t>& sources, int64_t strideHeight, int64_t strideWidth, const BlockMap& from,
                       const ImageVector* in, const BlockMap& to, ImageVector* out) {
  for (int64_t c = 0; c < to.channels; c++) {
    const int64_t source = sources[static_cast<size_t>(c)];
    for (int64_t y = 0; y < to.height; y++) {
      ImageVector* row = out + to.at(c, y, 0);
      if (source < 0) {
        std::fill(row, row + to.width, ImageVector{});
        continue;
      }
      const ImageVector* given = in + from.at(source, y * strideHeight, 0);
      for (int64_t x = 0; x < to.width; x++) row[x] = given[x * strideWidth];
    }
  }
}

void addBlocks(const BlockMap& from, const ImageVector* in, const BlockMap& secondMap, const ImageVector* second,
               const BlockMap& to, ImageVector* out, BlockFinish finish) {
  for (int64_t c = 0; c < from.channels; c++) {
    for (int64_t y = 0; y < from.height; y++) {
      const ImageVector* a = in + from.at(c, y, 0);
      ImageVector* result = out + to.at(c, y, 0);
      if (second == nullptr) {
        for (int64_t x = 0; x < from.width; x++) result[x] = clamp(a[x], finish.lowest, finish.highest);
        continue;
      }
      const ImageVector* b = second + secondMap.at(c, y, 0);
      for (int64_t x = 0; x < from.width; x++) result[x] = clamp(a[x] + b[x], finish.lowest, finish.highest);
    }
  }
}

bool isModestBlock(const BlockMap& map, const ImageVector* in) {
  for (int64_t c = 0; c < map.channels; c++) {
    for (int64_t y = 0; y < map.height; y++) {
      if (!areModest(false, static_cast<size_t>(map.width * kBlockImages), in + map.at(c, y, 0))) return false;
    }
  }
  return true;
}

}  // namespace modulab
