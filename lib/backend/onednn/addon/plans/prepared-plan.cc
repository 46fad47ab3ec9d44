#include "plans/prepared-plan.h"

#include "plans/plan-builder.h"
#include "plans/plan-kernels.h"

namespace modulab {

PreparedPlan::PreparedPlan(State& state, const PlanProgram& program, PlanWeights& weights, const GivenWeights& given,
                           int64_t images) {
  PlanBuilder(state, program, weights, given, images, *this).build();
  const size_t top = placeBuffers(buffers_, instructions_.size());
  arenaBytes_ = top + alignedBytes(scratchBytes_);
}

void PreparedPlan::provideContexts(State& state, size_t count) {
  while (contexts_.size() < count) {
    Context context;
    context.stream = dnnl::stream(state.engine);
    for (const Instruction& instruction : instructions_) {
      std::vector<dnnl::memory> memories;
      std::unordered_map<int, dnnl::memory> arguments;
      for (const Operand& operand : instruction.operands) {
        memories.push_back(operand.place == kFixed ? operand.fixed
                                                   : dnnl::memory(operand.description, state.engine, nullptr));
        arguments.emplace(operand.argument, memories.back());
      }
      context.memories.push_back(std::move(memories));
      context.arguments.push_back(std::move(arguments));
    }
    contexts_.push_back(std::move(context));
  }
}

bool PreparedPlan::run(size_t number, char* arena, const float* images, const std::vector<float*>& outputs, bool checked) {
  Context& context = contexts_[number];
  const bool moved = context.arena != arena;
  context.arena = arena;
  const auto address = [&](int place) -> void* {
    if (place == kImage) return const_cast<float*>(images);
    if (place == kScratch) return arena + arenaBytes_ - alignedBytes(scratchBytes_);
    if (place <= kFirstOutput) return outputs[static_cast<size_t>(kFirstOutput - place)];
    return arena + buffers_[static_cast<size_t>(place)].offset;
  };
  for (size_t i = 0; i < instructions_.size(); i++) {
    const Instruction& instruction = instructions_[i];
    const std::vector<Operand>& operands = instruction.operands;
    if (instruction.own) {
      const bool hasSecond = operands.size() == 3;
      instruction.own(address(operands[0].place), hasSecond ? address(operands[1].place) : nullptr,
                      address(operands.back().place));
    } else {
      for (size_t o = 0; o < operands.size(); o++) {
        const int place = operands[o].place;
        if (place == kFixed || ((place >= 0 || place == kScratch) && !moved)) continue;
        context.memories[i][o].set_data_handle(address(place));
      }
      instruction.primitive.execute(context.stream, context.arguments[i]);
    }
    if (checked && instruction.checkedBuffer != -1 &&
        !areModest(instruction.checkedBfloat16, instruction.checkedCount, address(instruction.checkedBuffer))) {
      context.stream.wait();
      return false;
    }
  }
  context.stream.wait();
  return true;
}

}  // namespace modulab
