#include "memory/allocate.h"

#include <cstdlib>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace modulab {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

void* allocate(size_t bytes) {
  const size_t unit = bytes >= kHugePage ? kHugePage : kCacheLine;
  const size_t rounded = roundUp(bytes == 0 ? 1 : bytes, unit);
  if (rounded < bytes) throw std::bad_alloc();
  void* data = std::aligned_alloc(unit, rounded);
  if (data == nullptr) throw std::bad_alloc();
#ifdef __linux__
  if (unit == kHugePage) madvise(data, rounded, MADV_HUGEPAGE);
#endif
  return data;
}

void deallocate(void* data) noexcept { std::free(data); }

}  // namespace modulab
