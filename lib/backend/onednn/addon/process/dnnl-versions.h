#pragma once
#include <algorithm>
#include <dnnl.hpp>
#include <string>
#include <utility>

// oneDNN 3 describes a primitive in one step, oneDNN 2 in two.
namespace modulab {

template <class Primitive, class... Arguments>
typename Primitive::primitive_desc describe(const dnnl::engine& engine, const dnnl::primitive_attr& attributes,
                                            Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, std::forward<Arguments>(arguments)..., attributes};
#else
  return {typename Primitive::desc(std::forward<Arguments>(arguments)...), attributes, engine};
#endif
}

/** The same for a primitive that computes a gradient; `hint` describes the forward one. */
template <class Primitive, class Hint, class... Arguments>
typename Primitive::primitive_desc describeGradient(const dnnl::engine& engine, const Hint& hint,
                                                    const dnnl::primitive_attr& attributes, Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, std::forward<Arguments>(arguments)..., hint, attributes};
#else
  return {typename Primitive::desc(std::forward<Arguments>(arguments)...), attributes, engine, hint};
#endif
}

/**
 * Takes another implementation where oneDNN 2 would write past the end: its 1×1 convolution for AVX2 gathers what it strides over in
 * vectors of 8 channels, also where there are fewer.
 */
template <class Description>
void passOverOverrun(Description& description, const dnnl::memory::dims& strides) {
  const bool strided = std::any_of(strides.begin(), strides.end(), [](dnnl::memory::dim step) { return step > 1; });
  while (strided && std::string(description.impl_info_str()).rfind("jit_1x1:avx2", 0) == 0 && description.next_impl()) {
  }
}

/** Pooling in inference; `strides` and the rest have two numbers each. */
inline dnnl::pooling_forward::primitive_desc describePooling(const dnnl::engine& engine,
                                                             const dnnl::primitive_attr& attributes,
                                                             dnnl::algorithm algorithm, const dnnl::memory::desc& source,
                                                             const dnnl::memory::desc& target,
                                                             const dnnl::memory::dims& strides,
                                                             const dnnl::memory::dims& window,
                                                             const dnnl::memory::dims& before,
                                                             const dnnl::memory::dims& after) {
  const auto kind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kind, algorithm, source, target, strides, window, {0, 0}, before, after, attributes};
#else
  return {{kind, algorithm, source, target, strides, window, before, after}, attributes, engine};
#endif
}

inline void appendEltwise(dnnl::post_ops& operations, dnnl::algorithm algorithm, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(algorithm, alpha, beta);
#else
  operations.append_eltwise(1.0f, algorithm, alpha, beta);
#endif
}

}  // namespace modulab
