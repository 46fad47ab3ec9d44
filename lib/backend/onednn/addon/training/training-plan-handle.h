#pragma once
#include <napi.h>

namespace modulab {

/** Registers createTrainingPlan, runTrainingPlan and releaseTrainingPlan. */
void exportTrainingPlan(Napi::Env env, Napi::Object exports);

}  // namespace modulab
