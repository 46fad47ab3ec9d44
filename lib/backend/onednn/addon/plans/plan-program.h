#pragma once
#include <napi.h>

#include <cstdint>
#include <vector>

#include "element-wise/activation.h"
#include "layers/convolution-shape.h"
#include "plans/plan-value.h"

namespace modulab {

/** What a step of an inference plan does. The numbers are those of lib/backend/inference-plan.ts. */
enum class PlanKind : int32_t {
  convolution = 0,
  dense = 1,
  maxPool = 2,
  averagePool = 3,
  globalAverage = 4,
  flatten = 5,
  copyChannels = 6,
  add = 7
};

/** One step. Value 0 is the image, value i + 1 what step i puts out. */
struct PlanStep {
  PlanKind kind;
  /** Values that are read; `second` is added to the result, or -1. */
  int32_t input, second;
  Activation activation;
  /** Of convolutions, and with the window's numbers of poolings and copies; its batch is 1. */
  ConvolutionShape shape;
  /** Of copies: the input channel of each output channel, -1 for zeros. */
  std::vector<int32_t> sources;
  bool hasBias = false;
  /** Largest sum of absolute weights of an output, and largest absolute bias. */
  float gain = 1, offset = 0;
};

/** What an inference plan computes, checked: no step reads beyond its inputs' or its weights' ends. */
struct PlanProgram {
  std::vector<PlanValue> values;
  std::vector<PlanStep> steps;
  /** Values that are given back. */
  std::vector<int32_t> outputs;
  /** Whether maps are kept, and kernels multiplied, in bfloat16. */
  bool isBfloat16 = false;
  /** Whether so few images are computed that it does not pay to transform kernels beforehand, which is slow. */
  bool isBrief = false;

  static constexpr size_t kNumbersOfStep = 16;

  /**
   * @param numbers kNumbersOfStep per step: kind, input, second, activation, out height, width and channels, window height
   *   and width, strides, dilations, padding before, groups
   * @param image height, width and channels of the image
   * @param weights per step kernels (or a copy's sources) and bias, each or null
   * @throws Napi::RangeError or Napi::TypeError naming the step
   */
  PlanProgram(const Napi::Value& numbers, const Napi::Value& image, const Napi::Value& weights, const Napi::Value& outputs);

  /** By value: the last step that reads it; past the last step for outputs. */
  std::vector<size_t> lastUses() const;
  /** Whether no value overflows in a step that reads modest ones only: below 2^100. Not so with weights that are not finite. */
  bool hasModestWeights() const;
  /** Whether the values of all steps stay far below float32's largest, where no image has a larger one than `largest`. */
  bool staysFinite(float largest) const;
};

}  // namespace modulab
