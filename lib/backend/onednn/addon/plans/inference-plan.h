#pragma once
#include <napi.h>

namespace modulab {

/** Registers createInferencePlan, runInferencePlan, releaseInferencePlan and computesBfloat16. */
void exportInferencePlan(Napi::Env env, Napi::Object exports);

}  // namespace modulab
