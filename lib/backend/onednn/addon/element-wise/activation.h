#pragma once
#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>

namespace modulab {

/** What a fused convolution or matrix product applies to its result. The numbers are those of activations.ts. */
enum class Activation : int32_t { linear = 0, relu = 1, relu6 = 2, elu = 3, sigmoid = 4, leakyRelu = 5 };

/** The activation of that number; throws a RangeError for any other. */
Activation activationOf(const Napi::Value& value);

/** @param slope of a leaky ReLU below 0 */
void appendActivation(dnnl::post_ops& operations, Activation activation, float slope);

/** Whether oneDNN's version makes numbers of NaN: its ReLU and its clipping take maxima, whose second operand wins. */
bool losesNaN(Activation activation);

/** values = activation(values) for those that lose NaN, without losing it; nothing for the others. */
void activateKeepingNaN(Activation activation, float* values, size_t count);

}  // namespace modulab
