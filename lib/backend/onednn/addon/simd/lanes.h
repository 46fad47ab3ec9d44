#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#ifdef __AVX__
#include <immintrin.h>
#endif

namespace modulab {

/** What one instruction works on. */
constexpr size_t kVectorLanes = 8;
typedef float FloatVector __attribute__((vector_size(sizeof(float) * kVectorLanes)));
typedef int32_t IntVector __attribute__((vector_size(sizeof(int32_t) * kVectorLanes)));

/** Neighbouring floats in `count` registers. */
template <int count>
struct Lanes {
  static constexpr int kVectors = count;

  FloatVector vectors[count];

  // Indices are constants from the start: a compiler that meets a loop keeps the array in memory.
  /** body(i) for each vector. */
  template <class Body>
  static void each(const Body& body) {
    each(body, std::make_integer_sequence<int, count>{});
  }
  /** The lanes whose vectors are make(i). */
  template <class Make>
  static Lanes of(const Make& make) {
    return of(make, std::make_integer_sequence<int, count>{});
  }
  static Lanes all(float value) {
    return of([value](int) { return FloatVector{} + value; });
  }
  static Lanes load(const float* from) {
    return of([from](int i) {
      FloatVector vector;
      std::memcpy(&vector, from + i * kVectorLanes, sizeof vector);
      return vector;
    });
  }
  void store(float* to) const {
    each([this, to](int i) { std::memcpy(to + i * kVectorLanes, &vectors[i], sizeof vectors[i]); });
  }

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
    return of([&](int i) { return vectors[i] < 0 ? FloatVector{} : vectors[i]; });
  }
  /** Where this is the gradient of a ReLU's output y, that of its input: 0 where y is, NaN where y is. */
  Lanes reluGradient(const Lanes& y) const {
    return of([&](int i) { return y.vectors[i] > 0 ? vectors[i] : y.vectors[i]; });
  }

 private:
  template <class Body, int... indices>
  static void each(const Body& body, std::integer_sequence<int, indices...>) {
    (body(indices), ...);
  }
  template <class Make, int... indices>
  static Lanes of(const Make& make, std::integer_sequence<int, indices...>) {
    return {{make(indices)...}};
  }
};

/** How lanes that fill their registers are read and written. */
template <int vectors>
struct Whole {
  using Block = Lanes<vectors>;
  static Block load(const float* from) { return Block::load(from); }
  static void store(float* to, const Block& block) { block.store(to); }
};

/** How the first lanes of one register are read and written: nothing behind them is touched. */
class Part {
 public:
  using Block = Lanes<1>;

  explicit Part(size_t count) : count_(count) {
#ifdef __AVX__
    const IntVector lane = {0, 1, 2, 3, 4, 5, 6, 7};
    const IntVector mask = lane < static_cast<int32_t>(count);
    std::memcpy(&mask_, &mask, sizeof mask_);
#endif
  }

  Block load(const float* from) const {
    FloatVector vector{};
#ifdef __AVX__
    const __m256 loaded = _mm256_maskload_ps(from, mask_);
    std::memcpy(&vector, &loaded, sizeof vector);
#else
    std::memcpy(&vector, from, count_ * sizeof(float));
#endif
    return {{vector}};
  }

  void store(float* to, const Block& block) const {
#if defined(__AVX512VL__)
    __m256 vector;
    std::memcpy(&vector, block.vectors, sizeof vector);
    _mm256_maskstore_ps(to, mask_, vector);
#else
    // A masked store is slower than this on processors without AVX-512.
    float lanes[kVectorLanes];
    block.store(lanes);
    for (size_t i = 0; i < count_; i++) to[i] = lanes[i];
#endif
  }

 private:
  size_t count_;
#ifdef __AVX__
  __m256i mask_;
#endif
};

/**
 * Covers 0 … width with calls of body(access, begin), `access` being how the lanes from `begin` on are read and
 * written.
 */
template <class Body>
void overLanes(size_t width, const Body& body) {
  size_t at = 0;
  for (; at + 32 <= width; at += 32) body(Whole<4>{}, at);
  if (at + 16 <= width) body(Whole<2>{}, at), at += 16;
  if (at + 8 <= width) body(Whole<1>{}, at), at += 8;
  if (at < width) body(Part(width - at), at);
}

}  // namespace modulab
