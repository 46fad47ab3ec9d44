#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace modulab {

/** What one instruction works on. */
template <int count>
struct Vector {
  typedef float Floats __attribute__((vector_size(sizeof(float) * count)));
  typedef int32_t Ints __attribute__((vector_size(sizeof(int32_t) * count)));
};

/** `count` neighbouring floats in registers; 1, 4 or a multiple of 8. */
template <int count>
struct Lanes {
  static constexpr int kPerVector = count < 8 ? count : 8, kVectors = count / kPerVector;
  using Floats = typename Vector<kPerVector>::Floats;
  using Ints = typename Vector<kPerVector>::Ints;
  static_assert(count % kPerVector == 0, "whole vectors only");

  Floats vectors[kVectors];

  static Lanes load(const float* from) {
    Lanes lanes;
    std::memcpy(lanes.vectors, from, sizeof lanes.vectors);
    return lanes;
  }
  static Lanes all(float value) {
    return Lanes::of([value](int) { return Floats{} + value; });
  }
  /** vector(i) for each vector. */
  template <class Make>
  static Lanes of(const Make& vector) {
    Lanes lanes;
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; i++) lanes.vectors[i] = vector(i);
    return lanes;
  }

  void store(float* to) const { std::memcpy(to, vectors, sizeof vectors); }

  Lanes operator+(const Lanes& other) const {
    return of([&](int i) { return vectors[i] + other.vectors[i]; });
  }
  Lanes operator-(const Lanes& other) const {
    return of([&](int i) { return vectors[i] - other.vectors[i]; });
  }
  Lanes operator*(const Lanes& other) const {
    return of([&](int i) { return vectors[i] * other.vectors[i]; });
  }
  Lanes operator*(float factor) const {
    return of([&](int i) { return vectors[i] * factor; });
  }

  /** Lane by lane: the larger one; `*this` where `other` is NaN. */
  Lanes orLarger(const Lanes& other) const {
    return of([&](int i) { return other.vectors[i] > vectors[i] ? other.vectors[i] : vectors[i]; });
  }
  /** max(0, this), NaN where it is NaN. */
  Lanes relu() const {
    return of([&](int i) { return vectors[i] < 0 ? Floats{} : vectors[i]; });
  }
  /** Gradient of ReLU where this is the gradient of its output y: 0 where y is, NaN where y is. */
  Lanes reluGradient(const Lanes& y) const {
    return of([&](int i) { return y.vectors[i] > 0 ? vectors[i] : y.vectors[i]; });
  }
};

/**
 * Covers 0 … width with calls of body(lanes, begin) for the lanes from `begin` on, where decltype(lanes)::value of them fit
 * into registers.
 */
template <class Body>
void overLanes(size_t width, const Body& body) {
  size_t at = 0;
  for (; at + 32 <= width; at += 32) body(std::integral_constant<int, 32>{}, at);
  if (at + 16 <= width) body(std::integral_constant<int, 16>{}, at), at += 16;
  if (at + 8 <= width) body(std::integral_constant<int, 8>{}, at), at += 8;
  if (at + 4 <= width) body(std::integral_constant<int, 4>{}, at), at += 4;
  for (; at < width; at++) body(std::integral_constant<int, 1>{}, at);
}

}  // namespace modulab
