#include "training/gradient-steps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/lane-sum.h"
#include "training/row-sums.h"

namespace modulab {
namespace {

typedef int32_t PlaceVector __attribute__((vector_size(sizeof(int32_t) * kBlockImages)));

void clearChannel(const BlockMap& map, int64_t channel, ImageVector* out) {
  for (int64_t y = 0; y < map.height; y++) {
    ImageVector* row = out + map.at(channel, y, 0);
    std::fill(row, row + map.width, ImageVector{});
  }
}

/** The part of a window that lies on the map. */
struct Window {
  int64_t top, left, bottom, right;

  Window(const ConvolutionShape& s, int64_t y, int64_t x)
      : top(std::max<int64_t>(0, y * s.strideHeight - s.padTop)),
        left(std::max<int64_t>(0, x * s.strideWidth - s.padLeft)),
        bottom(std::min<int64_t>(s.height, y * s.strideHeight - s.padTop + s.filterHeight)),
        right(std::min<int64_t>(s.width, x * s.strideWidth - s.padLeft + s.filterWidth)) {}
};

}  // namespace

void reluGradientBlock(const BlockMap& resultMap, const ImageVector* result, const BlockMap& from, const ImageVector* gradient,
                       const BlockMap& to, ImageVector* out) {
  const ImageVector zero{};
  for (int64_t c = 0; c < to.channels; c++) {
    for (int64_t y = 0; y < to.height; y++) {
      const ImageVector* dy = gradient + from.at(c, y, 0);
      ImageVector* dx = out + to.at(c, y, 0);
      if (result == nullptr) {
        std::copy(dy, dy + to.width, dx);
        continue;
      }
      const ImageVector* values = result + resultMap.at(c, y, 0);
      for (int64_t x = 0; x < to.width; x++) dx[x] = values[x] > zero ? dy[x] : zero;
    }
  }
}

void maxPoolGradientBlock(const ConvolutionShape& s, const BlockMap& inMap, const ImageVector* in, const BlockMap& from,
                          const ImageVector* gradient, const BlockMap& to, ImageVector* out) {
  for (int64_t c = 0; c < to.channels; c++) {
    clearChannel(to, c, out);
    for (int64_t y = 0; y < s.outHeight; y++) {
      for (int64_t x = 0; x < s.outWidth; x++) {
        const Window window(s, y, x);
        ImageVector best = ImageVector{} - std::numeric_limits<float>::infinity();
        PlaceVector first = PlaceVector{} - 1;
        int32_t place = 0;
        for (int64_t i = window.top; i < window.bottom; i++) {
          for (int64_t j = window.left; j < window.right; j++, place++) {
            const ImageVector value = in[inMap.at(c, i, j)];
            const PlaceVector here = PlaceVector{} + place;
            first = value > best ? here : first;
            best = value > best ? value : best;
          }
        }
        const ImageVector dy = gradient[from.at(c, y, x)];
        place = 0;
        for (int64_t i = window.top; i < window.bottom; i++) {
          for (int64_t j = window.left; j < window.right; j++, place++) {
            const PlaceVector here = PlaceVector{} + place;
            out[to.at(c, i, j)] += first == here ? dy : ImageVector{};
          }
        }
      }
    }
  }
}

void averagePoolGradientBlock(const ConvolutionShape& s, const BlockMap& from, const ImageVector* gradient, const BlockMap& to,
                              ImageVector* out) {
  const float share = 1.0f / static_cast<float>(int64_t{s.filterHeight} * s.filterWidth);
  for (int64_t c = 0; c < to.channels; c++) {
    clearChannel(to, c, out);
    for (int64_t y = 0; y < s.outHeight; y++) {
      for (int64_t x = 0; x < s.outWidth; x++) {
        const Window window(s, y, x);
        const ImageVector dy = gradient[from.at(c, y, x)] * share;
        for (int64_t i = window.top; i < window.bottom; i++) {
          for (int64_t j = window.left; j < window.right; j++) out[to.at(c, i, j)] += dy;
        }
      }
    }
  }
}

void averageGradientBlock(const ImageVector* gradient, const BlockMap& to, ImageVector* out) {
  const float share = 1.0f / static_cast<float>(to.height * to.width);
  for (int64_t c = 0; c < to.channels; c++) {
    const ImageVector dy = gradient[c] * share;
    for (int64_t y = 0; y < to.height; y++) {
      ImageVector* row = out + to.at(c, y, 0);
      std::fill(row, row + to.width, dy);
    }
  }
}

void unflattenBlock(const ImageVector* features, const BlockMap& to, ImageVector* out) {
  for (int64_t y = 0; y < to.height; y++) {
    for (int64_t x = 0; x < to.width; x++) {
      for (int64_t c = 0; c < to.channels; c++) out[to.at(c, y, x)] = *features++;
    }
  }
}

void copyChannelsGradientBlock(const std::vector<int32_t>& sources, int64_t strideHeight, int64_t strideWidth,
                               const BlockMap& from, const ImageVector* gradient, const BlockMap& to, ImageVector* out) {
  for (int64_t c = 0; c < to.channels; c++) clearChannel(to, c, out);
  for (int64_t c = 0; c < from.channels; c++) {
    const int64_t source = sources[static_cast<size_t>(c)];
    if (source < 0) continue;
    for (int64_t y = 0; y < from.height; y++) {
      const ImageVector* dy = gradient + from.at(c, y, 0);
      ImageVector* dx = out + to.at(source, y * strideHeight, 0);
      for (int64_t x = 0; x < from.width; x++) dx[x * strideWidth] += dy[x];
    }
  }
}

void spreadBlock(int64_t strideHeight, int64_t strideWidth, const BlockMap& from, const ImageVector* in, const BlockMap& to,
                 ImageVector* out) {
  for (int64_t c = 0; c < to.channels; c++) {
    clearChannel(to, c, out);
    for (int64_t y = 0; y < from.height; y++) {
      const ImageVector* row = in + from.at(c, y, 0);
      ImageVector* wide = out + to.at(c, y * strideHeight, 0);
      for (int64_t x = 0; x < from.width; x++) wide[x * strideWidth] = row[x];
    }
  }
}

void copyBlock(int64_t first, int64_t count, const BlockMap& from, const ImageVector* in, int64_t place, const BlockMap& to,
               ImageVector* out) {
  for (int64_t c = 0; c < count; c++) {
    for (int64_t y = 0; y < from.height; y++) {
      const ImageVector* row = in + from.at(first + c, y, 0);
      std::copy(row, row + from.width, out + to.at(place + c, y, 0));
    }
  }
}

void multiplyBlock(const BlockMap& from, const ImageVector* in, const BlockMap& maskMap, const ImageVector* mask,
                   const BlockMap& to, ImageVector* out) {
  for (int64_t c = 0; c < from.channels; c++) {
    for (int64_t y = 0; y < from.height; y++) {
      const ImageVector* row = in + from.at(c, y, 0);
      const ImageVector* factors = mask + maskMap.at(c, y, 0);
      ImageVector* product = out + to.at(c, y, 0);
      for (int64_t x = 0; x < from.width; x++) product[x] = row[x] * factors[x];
    }
  }
}

void sumBlockChannels(const BlockMap& map, const ImageVector* in, int64_t images, double* sums) {
  for (int64_t c = 0; c < map.channels; c++) {
    sums[c] = laneSum(sumOfChannel(map, c, [&](int64_t at) { return in[at]; }), images);
  }
}

}  // namespace modulab
