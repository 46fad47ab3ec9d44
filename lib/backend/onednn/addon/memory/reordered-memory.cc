#include "memory/reordered-memory.h"

namespace modulab {

ReorderedMemory::ReorderedMemory(const State& state, Direction direction, const dnnl::memory::desc& outside, const dnnl::memory::desc& inside)
    : direction_(direction), reordered_(outside != inside), outside_(outside, state.engine, nullptr) {
  if (!reordered_) return;
  inside_ = dnnl::memory(inside, state.engine, nullptr);
  if (direction != Direction::out) in_ = dnnl::reorder(outside_, inside_);
  if (direction != Direction::in) out_ = dnnl::reorder(inside_, outside_);
}

void ReorderedMemory::open(State& state, Scratch& scratch, float* data) {
  outside_.set_data_handle(data);
  if (!reordered_) return;
  inside_.set_data_handle(scratch.get(inside_.get_desc().get_size()));
  if (direction_ != Direction::out) in_.execute(state.stream, outside_, inside_);
}

void ReorderedMemory::close(State& state) {
  if (reordered_ && direction_ != Direction::in) out_.execute(state.stream, inside_, outside_);
}

}  // namespace modulab
