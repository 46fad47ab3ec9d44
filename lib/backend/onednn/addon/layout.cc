#include "layout.h"

#include "gather.h"
#include "pad.h"
#include "strided-copy.h"

namespace modulab {

void exportLayout(Napi::Env env, Napi::Object exports) {
  exportStridedCopy(env, exports);
  exportPad(env, exports);
  exportGather(env, exports);
}

}  // namespace modulab
