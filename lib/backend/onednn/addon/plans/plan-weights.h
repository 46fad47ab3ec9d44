#pragma once
#include <dnnl.hpp>
#include <map>
#include <utility>
#include <vector>

#include "process/state.h"

namespace modulab {

/** A plan's kernels in the layouts that primitives like best, made once for each. */
class PlanWeights {
 public:
  PlanWeights() = default;
  PlanWeights(const PlanWeights&) = delete;
  PlanWeights& operator=(const PlanWeights&) = delete;
  ~PlanWeights();

  /** The weights of a step, reordered unless they have been. `given` is read only the first time. */
  const dnnl::memory& get(State& state, size_t step, const dnnl::memory::desc& wanted, const dnnl::memory::desc& outside,
                          const float* given);
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    dnnl::memory memory;
    void* data;
  };
  std::map<size_t, std::vector<Entry>> entries_;
  size_t bytes_ = 0;
};

}  // namespace modulab
