#pragma once
#include <napi.h>

namespace modulab {

/** Registers moments. */
void exportMoments(Napi::Env env, Napi::Object exports);

}  // namespace modulab
