#include "element-wise/element-wise.h"

#include "element-wise/binary.h"
#include "element-wise/unary.h"

namespace modulab {

void exportElementWise(Napi::Env env, Napi::Object exports) {
  exportUnary(env, exports);
  exportBinary(env, exports);
}

}  // namespace modulab
