#pragma once
#include <napi.h>

namespace modulab {

/** Registers `unary`: element-wise functions of one tensor. */
void exportUnary(Napi::Env env, Napi::Object exports);

}  // namespace modulab
