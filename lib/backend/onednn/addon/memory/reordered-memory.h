#pragma once
#include <dnnl.hpp>

#include "process/state.h"

namespace modulab {

/**
 * One operand of a primitive: tfjs's memory, and where the primitive works in another layout a copy in that, which lies in
 * scratch memory and is reordered on the way in or out.
 */
class ReorderedMemory {
 public:
  /** `both`: the primitive adds to what is there. */
  enum class Direction { in, out, both };

  ReorderedMemory() = default;
  ReorderedMemory(const State& state, Direction direction, const dnnl::memory::desc& outside, const dnnl::memory::desc& inside);

  /** Before the primitive: gives it `data`, or a reordered copy of it. */
  void open(State& state, Scratch& scratch, float* data);
  /** After the primitive: writes the result back, if it is one. */
  void close(State& state);

  const dnnl::memory& memory() const { return reordered_ ? inside_ : outside_; }

 private:
  Direction direction_ = Direction::in;
  bool reordered_ = false;
  dnnl::memory outside_, inside_;
  dnnl::reorder in_, out_;
};

}  // namespace modulab
