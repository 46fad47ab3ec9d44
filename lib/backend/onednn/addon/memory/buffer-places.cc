#include "memory/buffer-places.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace modulab {

size_t alignedBytes(size_t bytes) {
  constexpr size_t kAlignment = 4096;
  return (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
}

size_t placeBuffers(std::vector<BufferPlace>& buffers, size_t instructions) {
  std::map<size_t, size_t> free;  // offset → bytes
  std::vector<std::vector<size_t>> starts(instructions + 1), ends(instructions + 1);
  for (size_t i = 0; i < buffers.size(); i++) {
    starts[buffers[i].first].push_back(i);
    ends[buffers[i].last].push_back(i);
  }
  size_t top = 0;
  const auto release = [&](size_t offset, size_t bytes) {
    auto place = free.emplace(offset, bytes).first;
    const auto next = std::next(place);
    if (next != free.end() && place->first + place->second == next->first) {
      place->second += next->second;
      free.erase(next);
    }
    if (place != free.begin()) {
      const auto before = std::prev(place);
      if (before->first + before->second == place->first) {
        before->second += place->second;
        free.erase(place);
      }
    }
  };
  for (size_t at = 0; at <= instructions; at++) {
    for (const size_t number : starts[at]) {
      BufferPlace& buffer = buffers[number];
      const size_t bytes = alignedBytes(buffer.bytes);
      auto best = free.end();
      for (auto place = free.begin(); place != free.end(); ++place) {
        if (place->second >= bytes && (best == free.end() || place->second < best->second)) best = place;
      }
      if (best == free.end()) {
        buffer.offset = top;
        top += bytes;
        continue;
      }
      buffer.offset = best->first;
      const size_t rest = best->second - bytes;
      free.erase(best);
      if (rest > 0) free.emplace(buffer.offset + bytes, rest);
    }
    for (const size_t number : ends[at]) release(buffers[number].offset, alignedBytes(buffers[number].bytes));
  }
  return top;
}

}  // namespace modulab
