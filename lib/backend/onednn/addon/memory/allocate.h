#pragma once
#include <cstddef>

namespace modulab {

/** Memory aligned to a cache line, in huge pages where it is large; throws std::bad_alloc. */
void* allocate(size_t bytes);
void deallocate(void* data) noexcept;

}  // namespace modulab
