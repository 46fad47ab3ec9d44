#pragma once
#include <cstddef>

namespace modulab {

/** Whether no value is NaN or infinite. */
bool allFinite(const float* values, size_t count);

}  // namespace modulab
