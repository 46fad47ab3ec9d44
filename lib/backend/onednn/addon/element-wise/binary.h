#pragma once
#include <napi.h>

namespace modulab {

/** Registers `binary`, `compare` and addN: element-wise functions of several tensors. */
void exportBinary(Napi::Env env, Napi::Object exports);

}  // namespace modulab
