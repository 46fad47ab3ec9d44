#pragma once
#include <napi.h>

#include <cstdint>
#include <vector>

#include "layers/convolution-shape.h"
#include "plans/plan-value.h"

namespace modulab {

/** What a step of a training plan does. The numbers are those of lib/backend/training-plan.ts. */
enum class TrainingKind : int32_t {
  convolution = 0,
  dense = 1,
  maxPool = 2,
  averagePool = 3,
  globalAverage = 4,
  flatten = 5,
  copyChannels = 6,
  /** With one input nothing but the activation. */
  add = 7,
  batchNorm = 8,
  /** The second input's channels behind the first one's. */
  join = 9,
  /** Times a mask that is given with every batch. */
  mask = 10
};

/** One step. Value 0 is the image, value i + 1 what step i puts out. */
struct TrainingStep {
  TrainingKind kind;
  /** Values that are read; -1 for no second. It is added before the activation, or joined. */
  int32_t input, second;
  bool isRelu;
  /** Of convolutions and dense layers, and with the window's numbers of poolings and copies; its batch is 1. */
  ConvolutionShape shape;
  /** Of copies: the input channel of each output channel, -1 for zeros. */
  std::vector<int32_t> sources;
  /** Kernel and bias, or gamma and beta: whether there is one, and whether its gradient is wanted. */
  bool has[2], trains[2];
  /** Of batch norms: whether mean and variance are given instead of the batch's. */
  bool isFixed;
  float epsilon;

  bool isWeighted() const { return kind == TrainingKind::convolution || kind == TrainingKind::dense; }
  /** Numbers of a weight; 0 where the step has no such weight. */
  size_t weightSize(size_t which) const;
};

/**
 * What one step of training computes, checked: no step reads beyond its inputs' or its weights' ends. The last value is the
 * logits.
 */
struct TrainingProgram {
  std::vector<PlanValue> values;
  std::vector<TrainingStep> steps;

  static constexpr size_t kNumbersOfStep = 17;

  /**
   * @param numbers kNumbersOfStep per step: kind, input, second, activation (0 or 1, a ReLU), out height, width and channels,
   *   window height and width, strides, dilations, padding before, groups, and flags: 1 and 2 for the weights that there are,
   *   4 and 8 for those that are trained, 16 for statistics that are given
   * @param image height, width and channels of the image
   * @param sources per step of copies, else null
   * @param epsilons one per step
   * @throws Napi::RangeError or Napi::TypeError naming the step
   */
  TrainingProgram(const Napi::Value& numbers, const Napi::Value& image, const Napi::Value& sources, const Napi::Value& epsilons);
};

}  // namespace modulab
