#include "plans/plan-weights.h"

#include "memory/allocate.h"

namespace modulab {

PlanWeights::~PlanWeights() {
  for (auto& [step, entries] : entries_) {
    for (Entry& entry : entries) deallocate(entry.data);
  }
}

const dnnl::memory& PlanWeights::get(State& state, size_t step, const dnnl::memory::desc& wanted,
                                     const dnnl::memory::desc& outside, const float* given) {
  std::vector<Entry>& entries = entries_[step];
  for (const Entry& entry : entries) {
    if (entry.memory.get_desc() == wanted) return entry.memory;
  }
  void* data = allocate(wanted.get_size());
  entries.push_back({dnnl::memory(wanted, state.engine, data), data});
  bytes_ += wanted.get_size();
  dnnl::memory source(outside, state.engine, const_cast<float*>(given));
  dnnl::reorder(source, entries.back().memory).execute(state.stream, source, entries.back().memory);
  state.stream.wait();
  return entries.back().memory;
}

}  // namespace modulab
