#include <algorithm>
#include <utility>

#include "image-block/block-steps.h"
#include "training/gradient-steps.h"
#include "training/training-plan.h"
#include "training/transposed-kernel.h"

namespace modulab {
namespace {

/** Kernels of no more weights are differentiated block by block, while the block's maps are in the cache. */
constexpr size_t kFewWeights = size_t{36} << 10;

}  // namespace

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
  if (!isRelu && from.surrounds(needed)) return slot;
  const bool isOwn = slots_[static_cast<size_t>(slot)].owners == 1 && from.surrounds(needed);
  const int own = isOwn ? slot : newSlot(needed);
  const BlockMap to = slots_[static_cast<size_t>(own)].map;
  const size_t segment = overEachBlock(isSmall(value), [=](int64_t block) {
    reluGradientBlock(maps_[value], isRelu ? map(value, block) : nullptr, from, gradient(slot, block), to, gradient(own, block));
    if (!isOwn && to.hasBorder()) to.clearBorder(gradient(own, block));
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
    if (to.hasBorder()) to.clearBorder(gradient(sum, block));
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
    if (to.hasBorder()) to.clearBorder(gradient(slot, block));
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
  const ConvolutionShape backward = gradientShape(step.shape);
  const bool isNarrow = small && BlockMap{backward.height, backward.width}.isSmall();
  int source = slot;
  if (step.shape.hasSteps()) {
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
                                          BlockFinish::of(Activation::linear), isNarrow ? kJointBlocks : 1);
  scratchVectors_ = std::max(scratchVectors_, own.backward->scratchVectors());
  const size_t segment = overBlocks(isNarrow, [=, convolution = own.backward.get()](const Work& work) {
    convolution->run(gradient(source, work.first), before < 0 ? nullptr : gradient(before, work.first),
                     gradient(target, work.first), work.scratch, work.count);
    for (int64_t i = 0; to.hasBorder() && i < work.count; i++) to.clearBorder(gradient(target, work.first + i));
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

}  // namespace modulab
