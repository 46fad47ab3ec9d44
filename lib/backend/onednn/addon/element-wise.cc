#include "element-wise.h"

#include "binary.h"
#include "unary.h"

namespace modulab {

void exportElementWise(Napi::Env env, Napi::Object exports) {
  exportUnary(env, exports);
  exportBinary(env, exports);
}

}  // namespace modulab
