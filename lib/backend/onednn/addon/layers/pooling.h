#pragma once
#include <napi.h>

namespace modulab {

/** Registers maxPool, averagePool and their gradients. */
void exportPooling(Napi::Env env, Napi::Object exports);

}  // namespace modulab
