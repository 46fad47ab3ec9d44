#pragma once
#include <cstdint>
#include <dnnl.hpp>

namespace modulab {

/** What a fused convolution or matrix product applies to its result. The numbers are those of activations.ts. */
enum class Activation : int32_t { linear = 0, relu = 1, relu6 = 2, elu = 3, sigmoid = 4, leakyRelu = 5 };

/** @param slope of a leaky ReLU below 0 */
void appendActivation(dnnl::post_ops& operations, Activation activation, float slope);

}  // namespace modulab
