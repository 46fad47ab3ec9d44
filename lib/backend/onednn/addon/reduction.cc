#include "reduction.h"

namespace modulab {

void exportReduction(Napi::Env, Napi::Object) {}

}  // namespace modulab
