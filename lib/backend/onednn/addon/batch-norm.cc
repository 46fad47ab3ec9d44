#include "batch-norm.h"

namespace modulab {

void exportBatchNorm(Napi::Env, Napi::Object) {}

}  // namespace modulab
