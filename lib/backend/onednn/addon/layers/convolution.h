#pragma once
#include <napi.h>

#include <memory>

#include "memory/reordered-memory.h"

namespace modulab {

struct ConvolutionPlan {
  dnnl::primitive primitive;
  /** Arguments by their oneDNN index, in the order in which they are given. */
  ReorderedMemory source, weights, target;
  int sourceIndex, weightsIndex, targetIndex;
  dnnl::memory bias, work;
  /** Name of oneDNN's implementation. */
  std::string implementation;
  bool winograd = false;
};

/** Registers convolve, convolutionInputGradient, convolutionFilterGradient and convolutionImplementation. */
void exportConvolution(Napi::Env env, Napi::Object exports);

}  // namespace modulab
