#include "element-wise/activation.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "arguments.h"
#include "process/dnnl-versions.h"
#include "process/threads.h"

namespace modulab {

Activation activationOf(const Napi::Value& value) {
  const size_t given = size(value, "activation");
  if (given > static_cast<size_t>(Activation::leakyRelu)) {
    throw Napi::RangeError::New(value.Env(), "activation: there is none of number " + std::to_string(given));
  }
  return static_cast<Activation>(given);
}

void appendActivation(dnnl::post_ops& operations, Activation activation, float slope) {
  using dnnl::algorithm;
  switch (activation) {
    case Activation::linear:
      return;
    case Activation::relu:
      return appendEltwise(operations, algorithm::eltwise_relu, 0, 0);
    case Activation::relu6:
      return appendEltwise(operations, algorithm::eltwise_clip, 0, 6);
    case Activation::elu:
      return appendEltwise(operations, algorithm::eltwise_elu, 1, 0);
    case Activation::sigmoid:
      return appendEltwise(operations, algorithm::eltwise_logistic, 0, 0);
    case Activation::leakyRelu:
      return appendEltwise(operations, algorithm::eltwise_relu, slope, 0);
  }
  throw std::invalid_argument("unknown activation");
}

bool losesNaN(Activation activation) {
  // The sigmoid does so where the processor has AVX2 and nothing wider.
  return activation == Activation::relu || activation == Activation::relu6 || activation == Activation::sigmoid;
}

void activateKeepingNaN(Activation activation, float* values, size_t count) {
  if (!losesNaN(activation)) return;
  if (activation == Activation::sigmoid) {
    parallel(count, 64, count, [values](size_t begin, size_t end) {
      for (size_t i = begin; i < end; i++) values[i] = 1 / (1 + std::exp(-values[i]));
    });
    return;
  }
  const float highest = activation == Activation::relu6 ? 6 : std::numeric_limits<float>::infinity();
  parallel(count, 16, count, [values, highest](size_t begin, size_t end) {
    // Comparisons with NaN are false.
    for (size_t i = begin; i < end; i++) {
      const float positive = values[i] < 0 ? 0 : values[i];
      values[i] = positive > highest ? highest : positive;
    }
  });
}

}  // namespace modulab
