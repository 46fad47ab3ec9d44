#include "training-step.h"

#include <cmath>

#include "arguments.h"
#include "threads.h"

namespace modulab {
namespace {

/** Floats in a cache line: threads that divide an array write to different lines. */
constexpr size_t kLine = 16;

/** Elements of the array that sets the length of all others; 0 for anything else, which `floats` then refuses. */
size_t lengthOf(const Napi::Value& value) {
  return value.IsTypedArray() ? value.As<Napi::TypedArray>().ElementLength() : 0;
}

/** reluGradient(dy, x, dx, max): dx = dy where 0 < x ≤ max, dy·0 elsewhere, NaN where x is NaN. */
void reluGradient(const Napi::CallbackInfo& info) {
  const size_t count = lengthOf(info[0]);
  const float* dy = floats(info[0], count, "dy");
  const float* x = floats(info[1], count, "x");
  float* dx = floats(info[2], count, "dx");
  const auto max = static_cast<float>(number(info[3], "max"));
  parallel(count, kLine, count, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) {
      const float step = (x[i] > 0) & (x[i] <= max) ? 1.0f : 0.0f;
      dx[i] = dy[i] * (x[i] == x[i] ? step : x[i]);
    }
  });
}

struct Sgd {
  const float *variable, *gradient, *velocity;
  float *newVariable, *newVelocity;
  float learningRate, momentum, weightDecay;

  template <bool kMomentum, bool kDecay>
  void step(size_t begin, size_t end) const {
    for (size_t i = begin; i < end; i++) {
      float update = gradient[i];
      if (kDecay) update += weightDecay * variable[i];
      if (kMomentum) newVelocity[i] = update = momentum * velocity[i] + update;
      newVariable[i] = variable[i] - learningRate * update;
    }
  }
};

/** sgdStep(variable, gradient, velocity | null, newVariable, newVelocity | null, learningRate, momentum, weightDecay) */
void sgdStep(const Napi::CallbackInfo& info) {
  const size_t count = lengthOf(info[0]);
  Sgd sgd;
  sgd.variable = floats(info[0], count, "variable");
  sgd.gradient = floats(info[1], count, "gradient");
  sgd.velocity = floatsOrNull(info[2], count, "velocity");
  sgd.newVariable = floats(info[3], count, "newVariable");
  sgd.newVelocity = sgd.velocity == nullptr ? nullptr : floats(info[4], count, "newVelocity");
  sgd.learningRate = static_cast<float>(number(info[5], "learningRate"));
  sgd.momentum = static_cast<float>(number(info[6], "momentum"));
  sgd.weightDecay = static_cast<float>(number(info[7], "weightDecay"));
  // An infinite weight stays infinite without decay, which 0·∞ would make NaN.
  const bool decay = sgd.weightDecay != 0;
  parallel(count, kLine, count, [&](size_t begin, size_t end) {
    if (sgd.velocity != nullptr) {
      decay ? sgd.step<true, true>(begin, end) : sgd.step<true, false>(begin, end);
    } else {
      decay ? sgd.step<false, true>(begin, end) : sgd.step<false, false>(begin, end);
    }
  });
}

struct Adam {
  const float *variable, *gradient, *mean, *square;
  float *newVariable, *newMean, *newSquare;
  float beta1, rest1, beta2, rest2, epsilon, weightDecay, stepSize, squareCorrection;

  template <bool kDecay>
  void step(size_t begin, size_t end) const {
    for (size_t i = begin; i < end; i++) {
      float g = gradient[i];
      if (kDecay) g += weightDecay * variable[i];
      const float m = newMean[i] = beta1 * mean[i] + rest1 * g;
      const float s = newSquare[i] = beta2 * square[i] + rest2 * (g * g);
      newVariable[i] = variable[i] - stepSize * (m / (std::sqrt(s) / squareCorrection + epsilon));
    }
  }
};

/**
 * adamStep(variable, gradient, mean, square, newVariable, newMean, newSquare, beta1, beta2, epsilon, weightDecay, stepSize,
 * squareCorrection)
 */
void adamStep(const Napi::CallbackInfo& info) {
  const size_t count = lengthOf(info[0]);
  Adam adam;
  adam.variable = floats(info[0], count, "variable");
  adam.gradient = floats(info[1], count, "gradient");
  adam.mean = floats(info[2], count, "mean");
  adam.square = floats(info[3], count, "square");
  adam.newVariable = floats(info[4], count, "newVariable");
  adam.newMean = floats(info[5], count, "newMean");
  adam.newSquare = floats(info[6], count, "newSquare");
  const double beta1 = number(info[7], "beta1"), beta2 = number(info[8], "beta2");
  adam.beta1 = static_cast<float>(beta1);
  adam.rest1 = static_cast<float>(1 - beta1);
  adam.beta2 = static_cast<float>(beta2);
  adam.rest2 = static_cast<float>(1 - beta2);
  adam.epsilon = static_cast<float>(number(info[9], "epsilon"));
  adam.weightDecay = static_cast<float>(number(info[10], "weightDecay"));
  adam.stepSize = static_cast<float>(number(info[11], "stepSize"));
  adam.squareCorrection = static_cast<float>(number(info[12], "squareCorrection"));
  const bool decay = adam.weightDecay != 0;
  parallel(count, kLine, count, [&](size_t begin, size_t end) {
    decay ? adam.step<true>(begin, end) : adam.step<false>(begin, end);
  });
}

}  // namespace

void exportTrainingStep(Napi::Env env, Napi::Object exports) {
  exports["reluGradient"] = Napi::Function::New(env, reluGradient);
  exports["sgdStep"] = Napi::Function::New(env, sgdStep);
  exports["adamStep"] = Napi::Function::New(env, adamStep);
}

}  // namespace modulab
