#include "training/training-plan.h"

#include <algorithm>
#include <utility>

#include "memory/buffer-places.h"
#include "image-block/block-steps.h"
#include "process/threads.h"
#include "training/cross-entropy.h"
#include "training/gradient-steps.h"
#include "training/transposed-kernel.h"

namespace modulab {
namespace {

/** Maps of so few pixels fill an inner loop's registers only with those of other blocks. */
constexpr int64_t kFewPixels = 16;
/** Blocks that go together then. */
constexpr int64_t kTogether = 4;
/** Kernels of no more weights are differentiated block by block, while the block's maps are in the cache. */
constexpr size_t kFewWeights = size_t{36} << 10;

BlockMap mapOf(const TrainingValue& value) {
  BlockMap map;
  map.height = value.height;
  map.width = value.width;
  map.channels = value.channels;
  return map;
}

bool isWeighted(const TrainingStep& step) {
  return step.kind == TrainingKind::convolution || step.kind == TrainingKind::dense;
}

/** The convolution with steps of 1 that gives the gradient of the input from that of the result, spread where steps are wider. */
ConvolutionShape backwardShape(const ConvolutionShape& s) {
  return {1,
          (s.outHeight - 1) * s.strideHeight + 1,
          (s.outWidth - 1) * s.strideWidth + 1,
          s.outChannels,
          s.height,
          s.width,
          s.channels,
          s.filterHeight,
          s.filterWidth,
          1,
          1,
          s.dilationHeight,
          s.dilationWidth,
          (s.filterHeight - 1) * s.dilationHeight - s.padTop,
          (s.filterWidth - 1) * s.dilationWidth - s.padLeft,
          1};
}

bool hasFewPixels(const BlockMap& map) { return map.height * map.width <= kFewPixels; }

bool hasSteps(const ConvolutionShape& s) { return s.strideHeight > 1 || s.strideWidth > 1; }

bool hasBorder(const BlockMap& map) { return map.top > 0 || map.left > 0 || map.bottom > 0 || map.right > 0; }

bool covers(const BlockMap& map, const BlockMap& other) {
  return map.top >= other.top && map.left >= other.left && map.bottom >= other.bottom && map.right >= other.right;
}

size_t vectorsFor(size_t floats) { return (floats + kBlockImages - 1) / kBlockImages; }

}  // namespace

TrainingPlan::TrainingPlan(TrainingProgram program) : program_(std::move(program)) {
  readMaps();
  planForward();
  planLoss();
  planBackward();
  planShares();
}

void TrainingPlan::readMaps() {
  const size_t count = program_.steps.size();
  for (const TrainingValue& value : program_.values) {
    maps_.push_back(mapOf(value));
    gradientMaps_.push_back(mapOf(value));
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
      maps_.push_back(mapOf(program_.values[i + 1]));
    }
    if (!isWeighted(step)) continue;
    BlockConvolution::surround(step.shape, maps_[input]);
    if (step.trains[0]) WeightGradient::surround(step.shape, maps_[input]);
    if (needsGradient_[input] && !hasSteps(step.shape)) {
      BlockConvolution::surround(backwardShape(step.shape), gradientMaps_[i + 1]);
    }
  }
}

bool TrainingPlan::isSmall(size_t value) const { return hasFewPixels(maps_[value]); }

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

void TrainingPlan::planForward() {
  for (size_t i = 0; i < program_.steps.size(); i++) {
    if (isWeighted(program_.steps[i])) weightedOf_[i] = weighted_.size(), weighted_.push_back({i, nullptr, nullptr, nullptr, {}, {}, false});
  }
  overUnits(static_cast<int64_t>(weighted_.size()), [this](const Work& work) {
    const Weighted& own = weighted_[static_cast<size_t>(work.first)];
    const ConvolutionShape& shape = program_.steps[own.step].shape;
    const float* kernel = batch_->weights[2 * own.step];
    own.forward->setWeights(kernel, batch_->weights[2 * own.step + 1]);
    if (!own.backward) return;
    float* turned = reinterpret_cast<float*>(work.scratch);
    transposeKernel(shape, kernel, turned);
    own.backward->setWeights(turned, nullptr);
  });
  overEachBlock(false, [this, size = program_.values[0].size()](int64_t block) {
    loadImages(batch_->x + block * kBlockImages * size, imagesOf(block), maps_[0], map(0, block));
  });
  for (size_t i = 0; i < program_.steps.size(); i++) planStep(i);
}

void TrainingPlan::planStep(size_t number) {
  const TrainingStep& step = program_.steps[number];
  const auto input = static_cast<size_t>(step.input), result = number + 1;
  const size_t second = step.second >= 0 ? static_cast<size_t>(step.second) : result;
  const bool hasSecond = step.second >= 0, small = isSmall(input) && isSmall(result);
  const BlockMap from = maps_[input], added = maps_[second], to = maps_[result];
  const ConvolutionShape shape = step.shape;
  const BlockFinish finish = BlockFinish::of(step.isRelu ? Activation::relu : Activation::linear);
  const auto summand = [=](int64_t block) -> const ImageVector* { return hasSecond ? map(second, block) : nullptr; };
  switch (step.kind) {
    case TrainingKind::convolution:
    case TrainingKind::dense:
      planWeighted(number);
      break;
    case TrainingKind::maxPool:
    case TrainingKind::averagePool:
      overEachBlock(small, [=, isMaximum = step.kind == TrainingKind::maxPool](int64_t block) {
        poolWindows(shape, isMaximum, from, map(input, block), to, map(result, block));
      });
      break;
    case TrainingKind::globalAverage:
      overEachBlock(small, [=](int64_t block) { averageBlock(from, map(input, block), map(result, block)); });
      break;
    case TrainingKind::flatten:
      overEachBlock(small, [=](int64_t block) { flattenBlock(from, map(input, block), map(result, block)); });
      break;
    case TrainingKind::copyChannels:
      overEachBlock(small, [=, sources = step.sources](int64_t block) {
        copyBlockChannels(sources, shape.strideHeight, shape.strideWidth, from, map(input, block), to, map(result, block));
      });
      break;
    case TrainingKind::add:
      overEachBlock(small, [=](int64_t block) {
        addBlocks(from, map(input, block), added, summand(block), to, map(result, block), finish);
      });
      break;
    case TrainingKind::join:
      overEachBlock(small, [=](int64_t block) {
        copyBlock(0, from.channels, from, map(input, block), 0, to, map(result, block));
        copyBlock(0, added.channels, added, summand(block), from.channels, to, map(result, block));
      });
      break;
    case TrainingKind::mask: {
      const size_t mask = maskOf_[number];
      overEachBlock(small, [=, size = to.channels * to.height * to.width](int64_t block) {
        loadImages(batch_->masks[number] + block * kBlockImages * size, imagesOf(block), maps_[mask], map(mask, block));
        multiplyBlock(from, map(input, block), maps_[mask], map(mask, block), to, map(result, block));
      });
      break;
    }
    case TrainingKind::batchNorm: {
      norms_[number] = std::make_unique<BatchNormalisation>(from, step.epsilon, step.isFixed);
      BatchNormalisation* norm = norms_[number].get();
      if (!step.isFixed) {
        overEachBlock(small, [=](int64_t block) { norm->measure(block, map(input, block), imagesOf(block)); });
      }
      overUnits(1, [=](const Work&) {
        norm->combine(batch_->images, batch_->weights[2 * number], batch_->weights[2 * number + 1],
                      batch_->moments[2 * number], batch_->moments[2 * number + 1]);
      });
      overEachBlock(small, [=, isRelu = step.isRelu](int64_t block) {
        norm->normalise(map(input, block), added, summand(block), isRelu, to, map(result, block));
      });
      break;
    }
  }
}

void TrainingPlan::planWeighted(size_t number) {
  const TrainingStep& step = program_.steps[number];
  const auto input = static_cast<size_t>(step.input), result = number + 1;
  const bool small = isSmall(input) && isSmall(result);
  const BlockMap to = maps_[result];
  const BlockFinish finish = BlockFinish::of(step.isRelu ? Activation::relu : Activation::linear);
  Weighted& own = weighted_[weightedOf_[number]];
  own.forward = BlockConvolution::create(step.shape, maps_[input], to, to, nullptr, nullptr, finish, small ? kTogether : 1);
  scratchVectors_ = std::max({scratchVectors_, own.forward->scratchVectors(),
                              static_cast<int64_t>(vectorsFor(step.shape.filterSize()))});
  overBlocks(small, [=, convolution = own.forward.get()](const Work& work) {
    convolution->run(map(input, work.first), nullptr, map(result, work.first), work.scratch, work.count);
  });
}

void TrainingPlan::planLoss() {
  slotOf_.assign(program_.values.size(), -1);
  const size_t logits = program_.values.size() - 1;
  const int slot = newSlot(gradientMaps_[logits]);
  slotOf_[logits] = slot;
  const size_t segment = overUnits(1, [=, classes = maps_[logits].channels](const Work&) {
    loss_ = {0, 0};
    for (int64_t block = 0; block < blocks_; block++) {
      crossEntropyBlock(map(logits, block), classes, batch_->labels + block * kBlockImages, imagesOf(block), batch_->images,
                        loss_.loss, loss_.hits, gradient(slot, block));
    }
    loss_.loss /= static_cast<double>(batch_->images);
  });
  touch(slot, segment);
}

int TrainingPlan::newSlot(const BlockMap& map) {
  slots_.push_back({map, SIZE_MAX, 0, 0, 1});
  return static_cast<int>(slots_.size()) - 1;
}

void TrainingPlan::touch(int slot, size_t segment) {
  Slot& own = slots_[static_cast<size_t>(slot)];
  own.first = std::min(own.first, segment);
  own.last = std::max(own.last, segment);
}

void TrainingPlan::planBackward() {
  for (size_t i = program_.steps.size(); i-- > 0;) {
    if (!needsGradient_[i + 1]) continue;
    planStepGradient(i);
    slots_[static_cast<size_t>(slotOf_[i + 1])].owners--;
  }
}

int TrainingPlan::takeGradient(size_t value, bool isRelu) {
  const int slot = slotOf_[value];
  const BlockMap from = slots_[static_cast<size_t>(slot)].map, needed = gradientMaps_[value];
  if (!isRelu && covers(from, needed)) return slot;
  const bool isOwn = slots_[static_cast<size_t>(slot)].owners == 1 && covers(from, needed);
  const int own = isOwn ? slot : newSlot(needed);
  const BlockMap to = slots_[static_cast<size_t>(own)].map;
  const size_t segment = overEachBlock(isSmall(value), [=](int64_t block) {
    reluGradientBlock(maps_[value], isRelu ? map(value, block) : nullptr, from, gradient(slot, block), to, gradient(own, block));
    if (!isOwn && hasBorder(to)) to.clearBorder(gradient(own, block));
  });
  touch(slot, segment);
  touch(own, segment);
  if (!isOwn) slots_[static_cast<size_t>(slot)].owners--;
  slotOf_[value] = own;
  return own;
}

void TrainingPlan::giveGradient(size_t value, int slot) {
  const int before = slotOf_[value];
  if (before < 0) {
    slotOf_[value] = slot;
    slots_[static_cast<size_t>(slot)].owners++;
    return;
  }
  const int sum = newSlot(gradientMaps_[value]);
  const BlockMap a = slots_[static_cast<size_t>(before)].map, b = slots_[static_cast<size_t>(slot)].map, to = gradientMaps_[value];
  const size_t segment = overEachBlock(isSmall(value), [=](int64_t block) {
    addBlocks(a, gradient(before, block), b, gradient(slot, block), to, gradient(sum, block),
              BlockFinish::of(Activation::linear));
    if (hasBorder(to)) to.clearBorder(gradient(sum, block));
  });
  for (const int each : {before, slot, sum}) touch(each, segment);
  slots_[static_cast<size_t>(before)].owners--;
  slotOf_[value] = sum;
}

void TrainingPlan::giveFrom(size_t value, int from, bool small,
                            std::function<void(const ImageVector*, const BlockMap&, ImageVector*, int64_t)> compute) {
  if (!needsGradient_[value]) return;
  const int slot = newSlot(gradientMaps_[value]);
  const size_t segment = overEachBlock(small, [=, to = gradientMaps_[value]](int64_t block) {
    compute(gradient(from, block), to, gradient(slot, block), block);
    if (hasBorder(to)) to.clearBorder(gradient(slot, block));
  });
  touch(from, segment);
  touch(slot, segment);
  giveGradient(value, slot);
  slots_[static_cast<size_t>(slot)].owners--;
}

void TrainingPlan::planStepGradient(size_t number) {
  const TrainingStep& step = program_.steps[number];
  const auto input = static_cast<size_t>(step.input), result = number + 1;
  const bool hasSecond = step.second >= 0, small = isSmall(input) && isSmall(result);
  const size_t second = hasSecond ? static_cast<size_t>(step.second) : 0;
  const ConvolutionShape shape = step.shape;
  const int slot = takeGradient(result, step.isRelu);
  const BlockMap from = slots_[static_cast<size_t>(slot)].map;
  switch (step.kind) {
    case TrainingKind::convolution:
    case TrainingKind::dense:
      planWeightedGradient(number, slot);
      break;
    case TrainingKind::maxPool:
      giveFrom(input, slot, small, [=](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t block) {
        maxPoolGradientBlock(shape, maps_[input], map(input, block), from, dy, to, dx);
      });
      break;
    case TrainingKind::averagePool:
      giveFrom(input, slot, small, [=](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t) {
        averagePoolGradientBlock(shape, from, dy, to, dx);
      });
      break;
    case TrainingKind::globalAverage:
      giveFrom(input, slot, small,
               [](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t) { averageGradientBlock(dy, to, dx); });
      break;
    case TrainingKind::flatten:
      giveFrom(input, slot, small,
               [](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t) { unflattenBlock(dy, to, dx); });
      break;
    case TrainingKind::copyChannels:
      giveFrom(input, slot, small, [=, sources = step.sources](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t) {
        copyChannelsGradientBlock(sources, shape.strideHeight, shape.strideWidth, from, dy, to, dx);
      });
      break;
    case TrainingKind::add:
      if (needsGradient_[input]) giveGradient(input, slot);
      if (hasSecond && needsGradient_[second]) giveGradient(second, slot);
      break;
    case TrainingKind::join:
      giveFrom(input, slot, small, [=](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t) {
        copyBlock(0, to.channels, from, dy, 0, to, dx);
      });
      giveFrom(second, slot, small, [=, first = maps_[input].channels](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t) {
        copyBlock(first, to.channels, from, dy, 0, to, dx);
      });
      break;
    case TrainingKind::mask:
      giveFrom(input, slot, small, [=, mask = maskOf_[number]](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t block) {
        multiplyBlock(from, dy, maps_[mask], map(mask, block), to, dx);
      });
      break;
    case TrainingKind::batchNorm:
      planNormGradient(number, slot);
      break;
  }
}

void TrainingPlan::planNormGradient(size_t number, int slot) {
  const TrainingStep& step = program_.steps[number];
  const auto input = static_cast<size_t>(step.input);
  const BlockMap from = slots_[static_cast<size_t>(slot)].map;
  BatchNormalisation* norm = norms_[number].get();
  const size_t segment = overEachBlock(isSmall(input), [=](int64_t block) {
    norm->measureGradient(block, map(input, block), from, gradient(slot, block));
  });
  touch(slot, segment);
  overUnits(1, [=](const Work&) {
    norm->combineGradient(batch_->images, batch_->gradients[2 * number], batch_->gradients[2 * number + 1]);
  });
  giveFrom(input, slot, isSmall(input), [=](const ImageVector* dy, const BlockMap& to, ImageVector* dx, int64_t block) {
    norm->inputGradient(map(input, block), from, dy, imagesOf(block), to, dx);
  });
  if (step.second >= 0 && needsGradient_[static_cast<size_t>(step.second)]) giveGradient(static_cast<size_t>(step.second), slot);
}

void TrainingPlan::planWeightedGradient(size_t number, int slot) {
  const TrainingStep& step = program_.steps[number];
  const auto input = static_cast<size_t>(step.input), result = number + 1;
  const bool small = isSmall(input) && isSmall(result);
  const BlockMap from = slots_[static_cast<size_t>(slot)].map;
  Weighted& own = weighted_[weightedOf_[number]];
  const size_t which = weightedOf_[number];
  if (step.trains[1]) {
    const size_t segment = overEachBlock(small, [=](int64_t block) {
      sumBlockChannels(from, gradient(slot, block), kBlockImages, &weighted_[which].biasShares[static_cast<size_t>(block * from.channels)]);
    });
    touch(slot, segment);
  }
  if (step.trains[0]) {
    own.gradient = WeightGradient::create(step.shape, maps_[input], from);
    const WeightGradient* weights = own.gradient.get();
    scratchVectors_ = std::max(scratchVectors_, weights->scratchVectors());
    const size_t size = step.shape.filterSize();
    own.hasKernelShares = !small && size <= kFewWeights;
    size_t segment;
    if (own.hasKernelShares) {
      segment = overBlocks(false, [=](const Work& work) {
        float* share = &weighted_[which].kernelShares[static_cast<size_t>(work.first) * size];
        weights->runBlock(map(input, work.first), gradient(slot, work.first), work.scratch, share);
      });
    } else {
      sharedVectors_ = std::max(sharedVectors_, weights->sharedVectors());
      segment = whole([=](const Work&) {
        const auto parallel = [this](int64_t units, const std::function<void(int64_t, ImageVector*)>& work) {
          eachPart(units, [&](int64_t unit, size_t thread) { work(unit, scratchOf(thread)); });
        };
        weights->runAll(map(input, 0), gradient(slot, 0), blocks_, sharedData_, parallel, batch_->gradients[2 * number]);
      });
    }
    touch(slot, segment);
  }
  if (!needsGradient_[input]) return;
  const ConvolutionShape backward = backwardShape(step.shape);
  const bool isNarrow = small && backward.height * backward.width <= kFewPixels;
  int source = slot;
  if (hasSteps(step.shape)) {
    BlockMap wide;
    wide.height = backward.height;
    wide.width = backward.width;
    wide.channels = backward.channels;
    BlockConvolution::surround(backward, wide);
    source = newSlot(wide);
    const size_t segment = overEachBlock(isNarrow, [=, shape = step.shape](int64_t block) {
      spreadBlock(shape.strideHeight, shape.strideWidth, from, gradient(slot, block), wide, gradient(source, block));
      wide.clearBorder(gradient(source, block));
    });
    touch(slot, segment);
    touch(source, segment);
  }
  const int before = slotOf_[input], target = newSlot(gradientMaps_[input]);
  const BlockMap to = gradientMaps_[input];
  const BlockMap second = before < 0 ? to : slots_[static_cast<size_t>(before)].map;
  own.backward = BlockConvolution::create(backward, slots_[static_cast<size_t>(source)].map, second, to, nullptr, nullptr,
                                          BlockFinish::of(Activation::linear), isNarrow ? kTogether : 1);
  scratchVectors_ = std::max(scratchVectors_, own.backward->scratchVectors());
  const size_t segment = overBlocks(isNarrow, [=, convolution = own.backward.get()](const Work& work) {
    convolution->run(gradient(source, work.first), before < 0 ? nullptr : gradient(before, work.first),
                     gradient(target, work.first), work.scratch, work.count);
    for (int64_t i = 0; hasBorder(to) && i < work.count; i++) to.clearBorder(gradient(target, work.first + i));
  });
  touch(source, segment);
  touch(target, segment);
  if (before >= 0) {
    touch(before, segment);
    slots_[static_cast<size_t>(before)].owners--;
  }
  slotOf_[input] = target;
}

void TrainingPlan::planShares() {
  overUnits(static_cast<int64_t>(weighted_.size()), [this](const Work& work) {
    const Weighted& own = weighted_[static_cast<size_t>(work.first)];
    const TrainingStep& step = program_.steps[own.step];
    if (step.trains[0] && own.hasKernelShares) {
      const size_t size = step.shape.filterSize();
      float* sum = batch_->gradients[2 * own.step];
      std::copy_n(own.kernelShares.data(), size, sum);
      for (int64_t block = 1; block < blocks_; block++) {
        const float* share = &own.kernelShares[static_cast<size_t>(block) * size];
        for (size_t i = 0; i < size; i++) sum[i] += share[i];
      }
    }
    if (!step.trains[1]) return;
    const auto channels = static_cast<size_t>(step.shape.outChannels);
    for (size_t c = 0; c < channels; c++) {
      double sum = 0;
      for (size_t block = 0; block < static_cast<size_t>(blocks_); block++) sum += own.biasShares[block * channels + c];
      batch_->gradients[2 * own.step + 1][c] = static_cast<float>(sum);
    }
  });
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
    const size_t groups = (capacity + kTogether - 1) / kTogether;
    return static_cast<size_t>(each.vectors()) * (hasFewPixels(each) ? groups * kTogether : capacity);
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
    const int64_t step = segment.division == Segment::Division::someBlocks ? kTogether : 1;
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
