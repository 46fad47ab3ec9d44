#pragma once
#include <napi.h>

namespace modulab {

/** Registers element-wise functions of one and two tensors. */
void exportElementWise(Napi::Env env, Napi::Object exports);

}  // namespace modulab
