#pragma once
#include <napi.h>

namespace modulab {

/** Registers softmax. */
void exportSoftmax(Napi::Env env, Napi::Object exports);

}  // namespace modulab
