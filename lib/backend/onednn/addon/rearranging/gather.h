#pragma once
#include <napi.h>

namespace modulab {

/** Registers gatherRows. */
void exportGather(Napi::Env env, Napi::Object exports);

}  // namespace modulab
