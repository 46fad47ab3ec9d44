#pragma once
#include <napi.h>

namespace modulab {

/** Registers pad. */
void exportPad(Napi::Env env, Napi::Object exports);

}  // namespace modulab
