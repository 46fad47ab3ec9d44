#pragma once
#include <napi.h>

namespace modulab {

/** Registers pooling and its gradient. */
void exportPooling(Napi::Env env, Napi::Object exports);

}  // namespace modulab
