#pragma once
#include <napi.h>

namespace modulab {

/** Registers copyStrided. */
void exportStridedCopy(Napi::Env env, Napi::Object exports);

}  // namespace modulab
