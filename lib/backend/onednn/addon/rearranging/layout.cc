#include "rearranging/layout.h"

#include "rearranging/gather.h"
#include "rearranging/pad.h"
#include "rearranging/strided-copy.h"

namespace modulab {

void exportLayout(Napi::Env env, Napi::Object exports) {
  exportStridedCopy(env, exports);
  exportPad(env, exports);
  exportGather(env, exports);
}

}  // namespace modulab
