#include "plans/prepared-plan.h"

#include <algorithm>
#include <map>

#include "plans/plan-builder.h"
#include "plans/plan-kernels.h"

namespace modulab {
namespace {

constexpr size_t kAlignment = 4096;

size_t aligned(size_t bytes) { return (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

PreparedPlan::PreparedPlan(State& state, const PlanProgram& program, PlanWeights& weights, const GivenWeights& given,
                           int64_t images) {
  PlanBuilder(state, program, weights, given, images, *this).build();
  placeBuffers();
}

/** Gives buffers places so that those that are used at the same time do not overlap, the first that fits. */
void PreparedPlan::placeBuffers() {
  std::map<size_t, size_t> free;  // offset → bytes
  std::vector<std::vector<size_t>> starts(instructions_.size() + 1), ends(instructions_.size() + 1);
  for (size_t i = 0; i < buffers_.size(); i++) {
    starts[buffers_[i].first].push_back(i);
    ends[buffers_[i].last].push_back(i);
  }
  size_t top = 0;
  const auto release = [&](size_t offset, size_t bytes) {
    auto place = free.emplace(offset, bytes).first;
    const auto next = std::next(place);
    if (next != free.end() && place->first + place->second == next->first) {
      place->second += next->second;
      free.erase(next);
    }
    if (place != free.begin()) {
      const auto before = std::prev(place);
      if (before->first + before->second == place->first) {
        before->second += place->second;
        free.erase(place);
      }
    }
  };
  for (size_t at = 0; at <= instructions_.size(); at++) {
    for (const size_t number : starts[at]) {
      Buffer& buffer = buffers_[number];
      const size_t bytes = aligned(buffer.bytes);
      auto best = free.end();
      for (auto place = free.begin(); place != free.end(); ++place) {
        if (place->second >= bytes && (best == free.end() || place->second < best->second)) best = place;
      }
      if (best == free.end()) {
        buffer.offset = top;
        top += bytes;
        continue;
      }
      buffer.offset = best->first;
      const size_t rest = best->second - bytes;
      free.erase(best);
      if (rest > 0) free.emplace(buffer.offset + bytes, rest);
    }
    for (const size_t number : ends[at]) release(buffers_[number].offset, aligned(buffers_[number].bytes));
  }
  arenaBytes_ = top + aligned(scratchBytes_);
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
    if (place == kScratch) return arena + arenaBytes_ - aligned(scratchBytes_);
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
