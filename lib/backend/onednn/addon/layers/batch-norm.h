#pragma once
#include <napi.h>

namespace modulab {

/** Registers moments, normalise and batchNormGradient. */
void exportBatchNorm(Napi::Env env, Napi::Object exports);

}  // namespace modulab
