#pragma once
#include <napi.h>

namespace modulab {

/** Registers reluGradient and the optimisers' updates. */
void exportTrainingStep(Napi::Env env, Napi::Object exports);

}  // namespace modulab
