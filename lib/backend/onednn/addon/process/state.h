#pragma once
#include <napi.h>

#include <dnnl.hpp>
#include <list>
#include <map>
#include <memory>
#include <vector>

namespace modulab {

/** What a prepared primitive is remembered by: every number that decides what it computes. */
using Key = std::vector<int32_t>;

/** Keeps the most recently used plans. */
template <class Plan>
class PlanCache {
 public:
  /** The plan of `key`; `make` builds it the first time. */
  template <class Make>
  Plan& get(const Key& key, Make make) {
    auto found = index_.find(key);
    if (found == index_.end()) {
      std::unique_ptr<Plan> plan = make();
      plans_.emplace_front(key, std::move(plan));
      found = index_.emplace(key, plans_.begin()).first;
      if (plans_.size() > kCapacity) {
        index_.erase(plans_.back().first);
        plans_.pop_back();
      }
    } else {
      plans_.splice(plans_.begin(), plans_, found->second);
    }
    return *found->second->second;
  }

  void clear() {
    index_.clear();
    plans_.clear();
  }

 private:
  static constexpr size_t kCapacity = 512;
  using Plans = std::list<std::pair<Key, std::unique_ptr<Plan>>>;
  Plans plans_;
  std::map<Key, typename Plans::iterator> index_;
};

/** Memory that grows to the largest request and is used again by every primitive. */
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { free(); }

  /** At least `bytes` bytes, aligned to a cache line; what a former call gave is gone if it has to grow. */
  void* get(size_t bytes);
  void free();

 private:
  void* data_ = nullptr;
  size_t capacity_ = 0;
};

struct ConvolutionPlan;
struct MatMulPlan;

/** What one Node environment (the main thread, or a worker thread) keeps. */
struct State {
  State();
  ~State();

  dnnl::engine engine;
  dnnl::stream stream;
  PlanCache<ConvolutionPlan> convolutions;
  PlanCache<MatMulPlan> products;
  /** Working memory of a primitive, and its inputs and output in the layout that it likes best. */
  Scratch work, source, weights, target;

  /** Memory of inference plans, one for each thread that runs one. */
  std::list<Scratch> arenas;
  /** Counts the calls of clear(); primitives prepared before the last one are not used again. */
  uint64_t generation = 0;

  /** Forgets primitives and scratch memory. */
  void clear();

  static State& of(const Napi::Env& env) { return *env.GetInstanceData<State>(); }
};

}  // namespace modulab
