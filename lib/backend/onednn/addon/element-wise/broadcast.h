#pragma once
#include <napi.h>

#include <cstring>

#include "process/threads.h"
#include "rearranging/walk.h"

namespace modulab {

/**
 * How two tensors are broadcast against each other: the dimensions of the result, neighbours joined where both tensors
 * vary, or one of them stays the same, along both.
 */
struct Broadcast {
  Strided<2> dims;
  size_t size = 1, sizeA = 1, sizeB = 1;

  /** @param value Int32Array of (size, whether a varies, whether b varies) for each dimension, outermost first */
  static Broadcast of(const Napi::Value& value);
};

/** Computes Operation()(a, b) for every element of the result. */
template <class Operation, class Out>
class BroadcastLoop {
 public:
  BroadcastLoop(const Broadcast& broadcast, const float* a, const float* b, Out* out) : a_(a), b_(b), out_(out) {
    outer_ = broadcast.dims;
    const size_t inner = --outer_.rank;
    period_ = panel_ = outer_.sizes[inner];
    const bool alongA = outer_.steps[inner][0] != 0, alongB = outer_.steps[inner][1] != 0;
    kind_ = alongA && alongB ? Kind::both : alongA ? Kind::fixedB : Kind::fixedA;
    if (kind_ != Kind::both || outer_.rank == 0) return;
    const size_t above = outer_.rank - 1;
    if (period_ > kTile / 2 || outer_.sizes[above] * period_ < 2 * kTile) return;
    kind_ = outer_.steps[above][0] == 0 ? Kind::repeatedA : outer_.steps[above][1] == 0 ? Kind::repeatedB : Kind::both;
    if (kind_ == Kind::both) return;
    panel_ *= outer_.sizes[above];
    outer_.rank = above;
  }

  void run(size_t size) const {
    parallel(size, 64, size, [this](size_t begin, size_t end) {
      Walk<2> walk(outer_, begin / panel_);
      for (size_t i = begin; i < end; walk.next()) {
        const size_t from = i % panel_, count = std::min(panel_ - from, end - i);
        part(a_ + walk.offset(0), b_ + walk.offset(1), from, count, out_ + i);
        i += count;
      }
    });
  }

 private:
  /** What the operands do within a panel, the part of the result that is computed in one go. */
  enum class Kind { both, fixedA, fixedB, repeatedA, repeatedB };

  /** Elements for which a short operand is written out repeatedly, so that loops are long. */
  static constexpr size_t kTile = 1024;

  void part(const float* a, const float* b, size_t from, size_t count, Out* __restrict out) const {
    const Operation operation{};
    switch (kind_) {
      case Kind::both:
        return together(a + from, b + from, count, out);
      case Kind::fixedA:
        for (size_t i = 0; i < count; i++) out[i] = operation(a[0], b[from + i]);
        return;
      case Kind::fixedB:
        for (size_t i = 0; i < count; i++) out[i] = operation(a[from + i], b[0]);
        return;
      case Kind::repeatedA:
        return repeated(a, from, count, [&](const float* tile, size_t i, size_t length) {
          together(tile, b + from + i, length, out + i);
        });
      case Kind::repeatedB:
        return repeated(b, from, count, [&](const float* tile, size_t i, size_t length) {
          together(a + from + i, tile, length, out + i);
        });
    }
  }

  static void together(const float* a, const float* b, size_t count, Out* __restrict out) {
    const Operation operation{};
    for (size_t i = 0; i < count; i++) out[i] = operation(a[i], b[i]);
  }

  template <class Body>
  void repeated(const float* vector, size_t from, size_t count, const Body& body) const {
    float tile[kTile];
    const size_t length = kTile / period_ * period_;
    for (size_t i = 0; i < length; i += period_) std::memcpy(tile + i, vector, period_ * sizeof(float));
    size_t start = from % period_;
    for (size_t i = 0; i < count;) {
      const size_t piece = std::min(length - start, count - i);
      body(tile + start, i, piece);
      i += piece;
      start = 0;
    }
  }

  const float *a_, *b_;
  Out* out_;
  Strided<2> outer_;
  size_t panel_, period_;
  Kind kind_;
};

}  // namespace modulab
