#include "pooling.h"

namespace modulab {

void exportPooling(Napi::Env, Napi::Object) {}

}  // namespace modulab
