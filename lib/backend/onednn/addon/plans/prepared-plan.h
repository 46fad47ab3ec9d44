#pragma once
#include <dnnl.hpp>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "memory/buffer-places.h"
#include "plans/plan-program.h"
#include "plans/plan-weights.h"
#include "process/state.h"

namespace modulab {

/** Kernels and biases as the caller holds them, two per step; null where there are none. */
using GivenWeights = std::vector<const float*>;

/** Where an operand of an instruction lies: in a buffer of that number, or one of these; outputs count down from the last. */
enum Place : int { kImage = -1, kFixed = -2, kScratch = -3, kFirstOutput = -16 };

/** A program made ready for so many images at a time, with all its primitives, layouts and places in memory. */
class PreparedPlan {
 public:
  /**
   * Its primitives are for as many threads as OpenMP gives the calling one now; where that is one, several threads may run
   * different images at once.
   * @param images how many are computed together
   * @param given looked at where `weights` does not have a kernel in the layout that is wanted
   */
  PreparedPlan(State& state, const PlanProgram& program, PlanWeights& weights, const GivenWeights& given, int64_t images);

  /** Bytes that one thread needs beside inputs, weights and outputs. */
  size_t arenaBytes() const { return arenaBytes_; }
  /** Has contexts for so many threads from now on; they are numbered from 0. */
  void provideContexts(State& state, size_t count);
  /**
   * Computes on the calling thread with the context of that number.
   * @param checked whether values are looked at after every step
   * @returns false where a value came out that is not finite, or near overflow; the outputs are then undefined
   */
  bool run(size_t context, char* arena, const float* images, const std::vector<float*>& outputs, bool checked);

 private:
  friend class PlanBuilder;

  struct Operand {
    int argument;
    dnnl::memory::desc description;
    /** A buffer's number, or a Place. */
    int place;
    /** Where the place is fixed. */
    dnnl::memory fixed;
  };
  struct Instruction {
    dnnl::primitive primitive;
    std::vector<Operand> operands;
    /** In place of a primitive: (first input, second input, output). */
    std::function<void(const void*, const void*, void*)> own;
    /** Which result is checked: a buffer's number and its values, or -1. */
    int checkedBuffer = -1;
    size_t checkedCount = 0;
    bool checkedBfloat16 = false;
  };
  struct Context {
    dnnl::stream stream;
    char* arena = nullptr;
    std::vector<std::vector<dnnl::memory>> memories;
    std::vector<std::unordered_map<int, dnnl::memory>> arguments;
  };

  std::vector<Instruction> instructions_;
  std::vector<BufferPlace> buffers_;
  size_t arenaBytes_ = 0, scratchBytes_ = 0;
  std::vector<Context> contexts_;
};

}  // namespace modulab
