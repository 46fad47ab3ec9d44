#include <algorithm>

#include "image-block/block-steps.h"
#include "training/cross-entropy.h"
#include "training/gradient-steps.h"
#include "training/training-plan.h"
#include "training/transposed-kernel.h"

namespace modulab {
namespace {

size_t vectorsFor(size_t floats) { return (floats + kBlockImages - 1) / kBlockImages; }

}  // namespace

void TrainingPlan::planForward() {
  for (size_t i = 0; i < program_.steps.size(); i++) {
    if (program_.steps[i].isWeighted()) weightedOf_[i] = weighted_.size(), weighted_.push_back({i, nullptr, nullptr, nullptr, {}, {}, false});
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
  own.forward = BlockConvolution::create(step.shape, maps_[input], to, to, nullptr, nullptr, finish, small ? kJointBlocks : 1);
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

}  // namespace modulab
