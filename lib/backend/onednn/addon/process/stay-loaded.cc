#include "process/stay-loaded.h"

#include <dlfcn.h>

namespace modulab {

void stayLoaded() {
  Dl_info self;
  // The handle is not closed: that is the point.
  if (dladdr(reinterpret_cast<void*>(&stayLoaded), &self) != 0) dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

}  // namespace modulab
