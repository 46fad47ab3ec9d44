#pragma once
#include <napi.h>

namespace modulab {

/** Registers sums, means, extremes and softmax. */
void exportReduction(Napi::Env env, Napi::Object exports);

}  // namespace modulab
