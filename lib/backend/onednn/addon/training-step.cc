#include "training-step.h"

namespace modulab {

void exportTrainingStep(Napi::Env, Napi::Object) {}

}  // namespace modulab
