#pragma once
#include <napi.h>

#include <algorithm>
#include <cstring>
#include <dnnl.hpp>
#include <string>

#include "arguments.h"

namespace modulab {

/** What convolution.ts puts into an Int32Array, in this order. */
struct ConvolutionShape {
  int32_t batch, height, width, channels;
  int32_t outHeight, outWidth, outChannels;
  int32_t filterHeight, filterWidth;
  int32_t strideHeight, strideWidth;
  int32_t dilationHeight, dilationWidth;
  int32_t padTop, padLeft;
  int32_t groups;

  static constexpr size_t kNumbers = 16;

  static ConvolutionShape of(const Napi::Value& value) {
    ConvolutionShape shape;
    static_assert(sizeof shape == kNumbers * sizeof(int32_t), "one number per field");
    std::memcpy(&shape, ints(value, kNumbers, "shape"), sizeof shape);
    const int32_t* numbers = &shape.batch;
    for (size_t i = 0; i < kNumbers; i++) {
      const bool isPadding = numbers + i == &shape.padTop || numbers + i == &shape.padLeft;
      if (numbers[i] < (isPadding ? 0 : 1)) {
        throw Napi::RangeError::New(value.Env(), "shape: number " + std::to_string(i) + " is " +
                                                     std::to_string(numbers[i]));
      }
    }
    if (shape.channels % shape.groups != 0 || shape.outChannels % shape.groups != 0) {
      throw Napi::RangeError::New(value.Env(), "shape: channels are not a multiple of the groups");
    }
    return shape;
  }

  size_t sourceSize() const { return elements({batch, height, width, channels}); }
  size_t targetSize() const { return elements({batch, outHeight, outWidth, outChannels}); }
  size_t filterSize() const { return elements({filterHeight, filterWidth, channels / groups, outChannels}); }

  bool hasSteps() const { return strideHeight > 1 || strideWidth > 1; }
  /** Whether every window has a part on the map: the last one begins on it, the first one ends on it. */
  bool windowsMeetMap() const {
    const auto fits = [](int64_t out, int64_t stride, int64_t window, int64_t dilation, int64_t size, int64_t pad) {
      return (out - 1) * stride - pad < size && pad < (window - 1) * dilation + 1;
    };
    return fits(outHeight, strideHeight, filterHeight, dilationHeight, height, padTop) &&
           fits(outWidth, strideWidth, filterWidth, dilationWidth, width, padLeft);
  }

  dnnl::memory::dims strides() const { return {strideHeight, strideWidth}; }
  dnnl::memory::dims dilations() const { return {dilationHeight - 1, dilationWidth - 1}; }
  dnnl::memory::dims paddingBefore() const { return {padTop, padLeft}; }
  /** What the window reaches beyond the end; nothing where it stops short of it. */
  dnnl::memory::dims paddingAfter() const {
    using dim = dnnl::memory::dim;
    const auto after = [](dim out, dim stride, dim filter, dim dilation, dim in, dim before) {
      return std::max<dim>(0, (out - 1) * stride + (filter - 1) * dilation + 1 - in - before);
    };
    return {after(outHeight, strideHeight, filterHeight, dilationHeight, height, padTop),
            after(outWidth, strideWidth, filterWidth, dilationWidth, width, padLeft)};
  }

  dnnl::memory::dims sourceDims() const { return {batch, channels, height, width}; }
  dnnl::memory::dims targetDims() const { return {batch, outChannels, outHeight, outWidth}; }
  dnnl::memory::dims filterDims() const {
    if (groups == 1) return {outChannels, channels, filterHeight, filterWidth};
    return {groups, outChannels / groups, channels / groups, filterHeight, filterWidth};
  }

  /** tfjs's filters: [height, width, channels, outChannels], or [height, width, channels, multiplier] if depthwise. */
  dnnl::memory::desc filter() const {
    const dnnl::memory::dim out = outChannels, in = channels / groups;
    const dnnl::memory::dim column = out * in, row = column * filterWidth;
    dnnl::memory::dims steps{1, out, row, column};
    if (groups > 1) steps = {out / groups, 1, out, row, column};
    return {filterDims(), dnnl::memory::data_type::f32, steps};
  }
};

}  // namespace modulab
