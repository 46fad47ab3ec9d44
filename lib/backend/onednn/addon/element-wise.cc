#include "element-wise.h"

namespace modulab {

void exportElementWise(Napi::Env, Napi::Object) {}

}  // namespace modulab
