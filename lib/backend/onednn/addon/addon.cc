#include <napi.h>

#include <dnnl.hpp>
#include <string>

#include "arguments.h"
#include "element-wise/element-wise.h"
#include "element-wise/training-step.h"
#include "layers/batch-norm.h"
#include "layers/convolution.h"
#include "layers/mat-mul.h"
#include "layers/pooling.h"
#include "memory/buffers.h"
#include "plans/inference-plan.h"
#include "process/state.h"
#include "process/stay-loaded.h"
#include "process/threads.h"
#include "rearranging/layout.h"
#include "reductions/reduction.h"
#include "training/training-plan-handle.h"

namespace modulab {
namespace {

Napi::Value setThreads(const Napi::CallbackInfo& info) {
  const size_t count = size(info[0], "threads");
  const int before = threadCount();
  const int granted = settleThreads(count > 0 ? static_cast<int>(std::min<size_t>(count, 1024)) : before);
  // Primitives are prepared for a number of threads.
  if (granted != before) State::of(info.Env()).clear();
  return Napi::Number::New(info.Env(), granted);
}

void clear(const Napi::CallbackInfo& info) { State::of(info.Env()).clear(); }

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  stayLoaded();
  // Every environment has a thread of its own, and OpenMP's settings belong to threads.
  limitThreads(threadCount());
  env.SetInstanceData(new State());
  const dnnl_version_t* version = dnnl_version();
  exports["version"] = Napi::String::New(env, std::to_string(version->major) + "." + std::to_string(version->minor) +
                                                  "." + std::to_string(version->patch));
  exports["setThreads"] = Napi::Function::New(env, setThreads);
  exports["clear"] = Napi::Function::New(env, clear);
  exportBuffers(env, exports);
  exportConvolution(env, exports);
  exportMatMul(env, exports);
  exportInferencePlan(env, exports);
  exportElementWise(env, exports);
  exportReduction(env, exports);
  exportLayout(env, exports);
  exportBatchNorm(env, exports);
  exportPooling(env, exports);
  exportTrainingStep(env, exports);
  exportTrainingPlan(env, exports);
  return exports;
}

}  // namespace
}  // namespace modulab

static Napi::Object initialise(Napi::Env env, Napi::Object exports) { return modulab::initialise(env, exports); }

NODE_API_MODULE(modulab_onednn, initialise)
