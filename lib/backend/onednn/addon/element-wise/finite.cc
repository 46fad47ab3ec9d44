#include "element-wise/finite.h"

#include <atomic>
#include <cstdint>
#include <cstring>

#include "process/threads.h"

namespace modulab {

bool allFinite(const float* values, size_t count) {
  constexpr uint32_t kExponent = 0x7f800000;
  std::atomic<bool> finite{true};
  parallel(count, 16, count, [values, &finite](size_t begin, size_t end) {
    uint32_t found = 0;
    for (size_t i = begin; i < end; i++) {
      uint32_t bits;
      std::memcpy(&bits, values + i, sizeof bits);
      found |= (bits & kExponent) == kExponent;
    }
    if (found != 0) finite = false;
  });
  return finite;
}

}  // namespace modulab
