#include "layout.h"

namespace modulab {

void exportLayout(Napi::Env, Napi::Object) {}

}  // namespace modulab
