#pragma once
#include <napi.h>

namespace modulab {

/** Registers transposing, padding, slicing and joining. */
void exportLayout(Napi::Env env, Napi::Object exports);

}  // namespace modulab
