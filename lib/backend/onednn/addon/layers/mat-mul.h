#pragma once
#include <napi.h>

#include <dnnl.hpp>

namespace modulab {

struct MatMulPlan {
  dnnl::matmul primitive;
  dnnl::memory a, b, bias, out, work;
};

/** Registers matMul. */
void exportMatMul(Napi::Env env, Napi::Object exports);

}  // namespace modulab
