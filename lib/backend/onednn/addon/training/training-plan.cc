#include "training/training-plan.h"

#include <algorithm>
#include <utility>

#include "memory/buffer-places.h"
#include "process/threads.h"
#include "training/transposed-kernel.h"

namespace modulab {

TrainingPlan::TrainingPlan(TrainingProgram program) : program_(std::move(program)) {
  readMaps();
  planForward();
  planLoss();
  planBackward();
  planShares();
}

void TrainingPlan::readMaps() {
  const size_t count = program_.steps.size();
  for (const PlanValue& value : program_.values) {
    maps_.push_back(BlockMap::of(value));
    gradientMaps_.push_back(BlockMap::of(value));
  }
  needsGradient_.assign(count + 1, false);
  maskOf_.assign(count, 0);
  weightedOf_.assign(count, 0);
  norms_.resize(count);
  for (size_t i = 0; i < count; i++) {
    const TrainingStep& step = program_.steps[i];
    const auto input = static_cast<size_t>(step.input);
    needsGradient_[i + 1] = step.trains[0] || step.trains[1] || needsGradient_[input] ||
                            (step.second >= 0 && needsGradient_[static_cast<size_t>(step.second)]);
    if (step.kind == TrainingKind::mask) {
      maskOf_[i] = maps_.size();
      maps_.push_back(BlockMap::of(program_.values[i + 1]));
    }
    if (!step.isWeighted()) continue;
    BlockConvolution::surround(step.shape, maps_[input]);
    if (step.trains[0]) WeightGradient::surround(step.shape, maps_[input]);
    if (needsGradient_[input] && !step.shape.hasSteps()) {
      BlockConvolution::surround(gradientShape(step.shape), gradientMaps_[i + 1]);
    }
  }
}

bool TrainingPlan::isSmall(size_t value) const { return maps_[value].isSmall(); }

size_t TrainingPlan::overBlocks(bool isSmall, Task task) {
  const auto division = isSmall ? Segment::Division::someBlocks : Segment::Division::blocks;
  if (segments_.empty() || segments_.back().division != division) segments_.push_back({division, 0, {}});
  segments_.back().tasks.push_back(std::move(task));
  return segments_.size() - 1;
}

size_t TrainingPlan::overEachBlock(bool isSmall, std::function<void(int64_t block)> task) {
  return overBlocks(isSmall, [task = std::move(task)](const Work& work) {
    for (int64_t i = 0; i < work.count; i++) task(work.first + i);
  });
}

size_t TrainingPlan::overUnits(int64_t units, Task task) {
  segments_.push_back({Segment::Division::units, units, {std::move(task)}});
  return segments_.size() - 1;
}

size_t TrainingPlan::whole(Task task) {
  segments_.push_back({Segment::Division::whole, 1, {std::move(task)}});
  return segments_.size() - 1;
}

void TrainingPlan::eachPart(int64_t parts, const std::function<void(int64_t part, size_t thread)>& work) const {
#ifdef _OPENMP
  const int threads = static_cast<int>(std::min<int64_t>(threadCount(), parts));
  if (threads > 1) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (int64_t part = 0; part < parts; part++) work(part, static_cast<size_t>(omp_get_thread_num()));
    return;
  }
#endif
  for (int64_t part = 0; part < parts; part++) work(part, 0);
}

int64_t TrainingPlan::imagesOf(int64_t block) const { return std::min(kBlockImages, batch_->images - block * kBlockImages); }

ImageVector* TrainingPlan::map(size_t number, int64_t block) const {
  return mapData_ + offsets_[number] + static_cast<size_t>(block * maps_[number].vectors());
}

ImageVector* TrainingPlan::gradient(int slot, int64_t block) const {
  const Slot& own = slots_[static_cast<size_t>(slot)];
  return reinterpret_cast<ImageVector*>(gradientData_ + own.offset) + block * own.map.vectors();
}

void TrainingPlan::provide(int64_t blocks) {
  blocks_ = blocks;
  for (const auto& norm : norms_) {
    if (norm) norm->provide(blocks);
  }
  if (blocks <= capacity_) return;
  capacity_ = blocks;
  const auto capacity = static_cast<size_t>(capacity_);
  const auto vectorsOf = [&](const BlockMap& each) {
    // Of small maps a last group of blocks that is not whole writes into blocks that are not looked at.
    const size_t groups = (capacity + kJointBlocks - 1) / kJointBlocks;
    return static_cast<size_t>(each.vectors()) * (each.isSmall() ? groups * kJointBlocks : capacity);
  };
  offsets_.clear();
  size_t vectors = 0;
  for (const BlockMap& each : maps_) {
    offsets_.push_back(vectors);
    vectors += vectorsOf(each);
  }
  mapData_ = static_cast<ImageVector*>(mapMemory_.get(vectors * sizeof(ImageVector)));
  // The borders stay as they are.
  std::fill_n(mapData_, vectors, ImageVector{});
  std::vector<BufferPlace> places;
  for (const Slot& slot : slots_) {
    places.push_back({vectorsOf(slot.map) * sizeof(ImageVector), slot.first, slot.last, 0});
  }
  const size_t bytes = placeBuffers(places, segments_.size());
  for (size_t i = 0; i < slots_.size(); i++) slots_[i].offset = places[i].offset;
  gradientData_ = static_cast<char*>(gradientMemory_.get(bytes));
  std::fill_n(gradientData_, bytes, char{0});
  for (Weighted& own : weighted_) {
    const TrainingStep& step = program_.steps[own.step];
    if (own.hasKernelShares) own.kernelShares.resize(capacity * step.shape.filterSize());
    if (step.trains[1]) own.biasShares.resize(capacity * static_cast<size_t>(step.shape.outChannels));
  }
}

TrainingLoss TrainingPlan::run(const TrainingBatch& batch) {
  provide((batch.images + kBlockImages - 1) / kBlockImages);
  batch_ = &batch;
  const auto threads = static_cast<size_t>(threadCount());
  const size_t own = static_cast<size_t>(scratchVectors_) * threads;
  scratchData_ = static_cast<ImageVector*>(
      scratchMemory_.get((own + static_cast<size_t>(sharedVectors_)) * sizeof(ImageVector)));
  sharedData_ = scratchData_ + own;
  for (const Segment& segment : segments_) {
    const bool isDivided = segment.division == Segment::Division::blocks || segment.division == Segment::Division::someBlocks;
    const int64_t step = segment.division == Segment::Division::someBlocks ? kJointBlocks : 1;
    const int64_t end = isDivided ? blocks_ : segment.units;
    eachPart((end + step - 1) / step, [&](int64_t part, size_t thread) {
      const int64_t first = part * step;
      for (const Task& task : segment.tasks) task({first, std::min(step, end - first), scratchOf(thread)});
    });
  }
  batch_ = nullptr;
  return loss_;
}

}  // namespace modulab
