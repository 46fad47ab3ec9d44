#include "activation.h"

#include <stdexcept>

#include "dnnl-versions.h"

namespace modulab {

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

}  // namespace modulab
