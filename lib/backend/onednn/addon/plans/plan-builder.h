#pragma once
#include <string>

#include "plans/plan-kernels.h"
#include "plans/prepared-plan.h"

namespace modulab {

/** Chooses primitives and layouts for every step of a program, in its order. */
class PlanBuilder {
 public:
  PlanBuilder(State& state, const PlanProgram& program, PlanWeights& weights, const GivenWeights& given, int64_t images,
              PreparedPlan& plan);

  void build();

 private:
  using Operand = PreparedPlan::Operand;
  using Instruction = PreparedPlan::Instruction;
  using Desc = dnnl::memory::desc;
  using Type = dnnl::memory::data_type;

  /** A value in one layout. */
  struct Variant {
    Desc description;
    int place;
  };

  void convolution(size_t number, const PlanStep& step);
  void dense(size_t number, const PlanStep& step);
  void pooling(size_t number, const PlanStep& step);
  void average(size_t number, const PlanStep& step);
  void flatten(size_t number, const PlanStep& step);
  void copyChannels(size_t number, const PlanStep& step);
  void add(size_t number, const PlanStep& step);

  dnnl::convolution_forward::primitive_desc describeConvolution(const PlanStep& step) const;
  dnnl::convolution_forward::primitive_desc describeConvolution(const PlanStep& step, dnnl::algorithm algorithm,
                                                                dnnl::memory::format_tag tag) const;

  /** Dimensions of a value as oneDNN has them, of all images. */
  dnnl::memory::dims dimensions(int32_t value) const;
  /** The type in which a step's result is kept. */
  Type typeOf(int32_t value) const { return types_[static_cast<size_t>(value)]; }
  Type decideType(size_t number, const PlanStep& step) const;
  /** Channel by channel; of vectors feature by feature. */
  Desc plain(int32_t value, Type type) const;
  MapLayout layoutOf(int32_t value, const Desc& description) const;
  /** Whether our own kernels can read it. */
  bool isReadable(int32_t value, const Desc& description) const;

  /** A place of its own for a result of this instruction. */
  int newBuffer(const Desc& description);
  void use(int place);
  void put(int32_t value, const Desc& description, int place);
  /** Where the value lies in that layout; reorders it where it does not yet. */
  int want(int32_t value, const Desc& description);
  /** A variant that our own kernels can read. */
  Variant readable(int32_t value, Type type);
  void reorder(const Variant& from, const Desc& description, int place);
  void emit(Instruction instruction, int32_t result = -1);
  Operand operand(int argument, const Desc& description, int place) { return {argument, description, place, {}}; }
  Operand fixed(int argument, const dnnl::memory& memory) { return {argument, memory.get_desc(), kFixed, memory}; }
  Operand scratch(const Desc& description);
  void appendWeights(Instruction& instruction, size_t number, const PlanStep& step, const Desc& wanted, const Desc& outside);
  void giveBack(int32_t value);

  State& state_;
  const PlanProgram& program_;
  PlanWeights& weights_;
  const GivenWeights& given_;
  int64_t images_;
  PreparedPlan& plan_;
  std::vector<size_t> lastUses_;
  std::vector<Type> types_;
  std::vector<std::vector<Variant>> variants_;
  /** Buffers that two values share. */
  std::vector<int> shared_;
};

}  // namespace modulab
