#pragma once
#include <napi.h>

namespace modulab {

/** Registers allocate and release. */
void exportBuffers(Napi::Env env, Napi::Object exports);

}  // namespace modulab
