#include "element-wise/training-step.h"

#include <cmath>

#include "arguments.h"
#include "process/threads.h"

namespace modulab {
namespace {

/** Floats in a cache line: threads that divide an array write to different lines. */
constexpr size_t kLine = 16;

float single(const Napi::Value& value, const char* name) { return static_cast<float>(number(value, name)); }

/** reluGradient(dy, x, dx, max): dx = dy where 0 < x ≤ max, dy·0 elsewhere, NaN where x is NaN. */
void reluGradient(const Napi::CallbackInfo& info) {
  const size_t count = elementCount(info[0], "dy");
  const float* dy = floats(info[0], count, "dy");
  const float* x = floats(info[1], count, "x");
  float* dx = floats(info[2], count, "dx");
  const float max = single(info[3], "max");
  parallel(count, kLine, count, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) {
      const float step = (x[i] > 0) & (x[i] <= max) ? 1.0f : 0.0f;
      dx[i] = dy[i] * (x[i] == x[i] ? step : x[i]);
    }
  });
}

struct SgdSettings {
  float learningRate, momentum, weightDecay;
};

template <bool kMomentum, bool kDecay>
void sgd(const float* __restrict variable, const float* __restrict gradient, const float* __restrict velocity,
         float* __restrict newVariable, float* __restrict newVelocity, size_t count, SgdSettings settings) {
  for (size_t i = 0; i < count; i++) {
    float update = gradient[i];
    if (kDecay) update += settings.weightDecay * variable[i];
    if (kMomentum) newVelocity[i] = update = settings.momentum * velocity[i] + update;
    newVariable[i] = variable[i] - settings.learningRate * update;
  }
}

/** sgdStep(variable, gradient, velocity | null, newVariable, newVelocity | null, learningRate, momentum, weightDecay) */
void sgdStep(const Napi::CallbackInfo& info) {
  const size_t count = elementCount(info[0], "variable");
  const float* variable = floats(info[0], count, "variable");
  const float* gradient = floats(info[1], count, "gradient");
  const float* velocity = floatsOrNull(info[2], count, "velocity");
  float* newVariable = floats(info[3], count, "newVariable");
  float* newVelocity = velocity == nullptr ? nullptr : floats(info[4], count, "newVelocity");
  const SgdSettings settings{single(info[5], "learningRate"), single(info[6], "momentum"), single(info[7], "weightDecay")};
  // Without decay an infinite weight stays infinite; 0·∞ would make it NaN.
  const bool decay = settings.weightDecay != 0;
  parallel(count, kLine, count, [=](size_t begin, size_t end) {
    const size_t some = end - begin;
    if (velocity != nullptr) {
      (decay ? sgd<true, true> : sgd<true, false>)(variable + begin, gradient + begin, velocity + begin,
                                                   newVariable + begin, newVelocity + begin, some, settings);
    } else {
      (decay ? sgd<false, true> : sgd<false, false>)(variable + begin, gradient + begin, nullptr, newVariable + begin,
                                                     nullptr, some, settings);
    }
  });
}

struct AdamSettings {
  float beta1, rest1, beta2, rest2, epsilon, weightDecay, stepSize, squareCorrection;
};

template <bool kDecay>
void adam(const float* __restrict variable, const float* __restrict gradient, const float* __restrict mean,
          const float* __restrict square, float* __restrict newVariable, float* __restrict newMean,
          float* __restrict newSquare, size_t count, AdamSettings settings) {
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i];
    if (kDecay) g += settings.weightDecay * variable[i];
    const float m = settings.beta1 * mean[i] + settings.rest1 * g;
    const float s = settings.beta2 * square[i] + settings.rest2 * (g * g);
    newMean[i] = m;
    newSquare[i] = s;
    newVariable[i] =
        variable[i] - settings.stepSize * (m / (std::sqrt(s) / settings.squareCorrection + settings.epsilon));
  }
}

/**
 * adamStep(variable, gradient, mean, square, newVariable, newMean, newSquare, beta1, beta2, epsilon, weightDecay, stepSize,
 * squareCorrection)
 */
void adamStep(const Napi::CallbackInfo& info) {
  const size_t count = elementCount(info[0], "variable");
  const float* variable = floats(info[0], count, "variable");
  const float* gradient = floats(info[1], count, "gradient");
  const float* mean = floats(info[2], count, "mean");
  const float* square = floats(info[3], count, "square");
  float* newVariable = floats(info[4], count, "newVariable");
  float* newMean = floats(info[5], count, "newMean");
  float* newSquare = floats(info[6], count, "newSquare");
  AdamSettings settings;
  settings.beta1 = single(info[7], "beta1");
  settings.rest1 = static_cast<float>(1 - number(info[7], "beta1"));
  settings.beta2 = single(info[8], "beta2");
  settings.rest2 = static_cast<float>(1 - number(info[8], "beta2"));
  settings.epsilon = single(info[9], "epsilon");
  settings.weightDecay = single(info[10], "weightDecay");
  settings.stepSize = single(info[11], "stepSize");
  settings.squareCorrection = single(info[12], "squareCorrection");
  const bool decay = settings.weightDecay != 0;
  parallel(count, kLine, count, [=](size_t begin, size_t end) {
    (decay ? adam<true> : adam<false>)(variable + begin, gradient + begin, mean + begin, square + begin,
                                       newVariable + begin, newMean + begin, newSquare + begin, end - begin, settings);
  });
}

}  // namespace

void exportTrainingStep(Napi::Env env, Napi::Object exports) {
  exports["reluGradient"] = Napi::Function::New(env, reluGradient);
  exports["sgdStep"] = Napi::Function::New(env, sgdStep);
  exports["adamStep"] = Napi::Function::New(env, adamStep);
}

}  // namespace modulab
