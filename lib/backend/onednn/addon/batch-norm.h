#pragma once
#include <napi.h>

namespace modulab {

/** Registers batch normalisation and its gradient. */
void exportBatchNorm(Napi::Env env, Napi::Object exports);

}  // namespace modulab
