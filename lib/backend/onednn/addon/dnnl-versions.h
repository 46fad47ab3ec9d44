#pragma once
#include <dnnl.hpp>
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

inline void appendEltwise(dnnl::post_ops& operations, dnnl::algorithm algorithm, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(algorithm, alpha, beta);
#else
  operations.append_eltwise(1.0f, algorithm, alpha, beta);
#endif
}

}  // namespace modulab
