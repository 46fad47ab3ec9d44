#pragma once
#include <napi.h>

namespace modulab {

/** Registers fused steps of training: optimisers, cross-entropy, ReLU gradient. */
void exportTrainingStep(Napi::Env env, Napi::Object exports);

}  // namespace modulab
