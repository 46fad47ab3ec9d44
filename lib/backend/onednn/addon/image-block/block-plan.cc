#include "image-block/block-plan.h"

#include <algorithm>

#include "image-block/block-steps.h"

namespace modulab {
namespace {

/** Maps of a block together may take so much; beyond that images are better computed with less memory each. */
constexpr int64_t kMostBytes = int64_t{1} << 27;

/** A dense layer is a convolution of one pixel. */
ConvolutionShape pixelShape(const PlanStep& step, int64_t inputs) {
  ConvolutionShape shape = step.shape;
  shape.height = shape.width = shape.outHeight = shape.outWidth = 1;
  shape.filterHeight = shape.filterWidth = shape.strideHeight = shape.strideWidth = 1;
  shape.dilationHeight = shape.dilationWidth = shape.groups = 1;
  shape.padTop = shape.padLeft = 0;
  shape.channels = static_cast<int32_t>(inputs);
  return shape;
}

}  // namespace

bool BlockPlan::suits(const PlanProgram& program, int64_t images) {
  if (program.isBfloat16 || images < kBlockImages / 2) return false;
  int64_t most = 0;
  for (size_t i = 0; i < program.steps.size(); i++) {
    const PlanStep& step = program.steps[i];
    const int64_t values = program.values[static_cast<size_t>(step.input)].size() + program.values[i + 1].size();
    most = std::max(most, values * kBlockImages * static_cast<int64_t>(sizeof(float)));
  }
  return most <= kMostBytes;
}

BlockPlan::BlockPlan(const PlanProgram& program, const std::vector<const float*>& given) : outputsOf_(program.values.size()) {
  for (const PlanValue& value : program.values) maps_.push_back(BlockMap::of(value));
  surroundMaps(program);
  firstJoint_ = program.steps.size();
  while (firstJoint_ > 0 && maps_[firstJoint_].isSmall() &&
         maps_[static_cast<size_t>(program.steps[firstJoint_ - 1].input)].isSmall()) {
    firstJoint_--;
  }
  placeMaps(program);
  for (size_t i = 0; i < program.outputs.size(); i++) outputsOf_[static_cast<size_t>(program.outputs[i])].push_back(i);
  for (size_t i = 0; i < program.steps.size(); i++) prepare(program, i, given);
  int64_t scratch = 0;
  for (const auto& convolution : convolutions_) scratch = std::max(scratch, convolution->scratchVectors());
  arenaBytes_ = scratchOffset_ + static_cast<size_t>(scratch) * sizeof(ImageVector);
}

void BlockPlan::placeMaps(const PlanProgram& program) {
  std::vector<size_t> lastReads(program.values.size(), 0);
  for (size_t i = 0; i < program.steps.size(); i++) {
    lastReads[static_cast<size_t>(program.steps[i].input)] = i;
    if (program.steps[i].second >= 0) lastReads[static_cast<size_t>(program.steps[i].second)] = i;
  }
  for (size_t value = 0; value < program.values.size(); value++) {
    const size_t made = value == 0 ? 0 : value - 1, read = lastReads[value];
    const bool isJoint = made >= firstJoint_, isKept = isJoint || read >= firstJoint_;
    isKept_.push_back(isKept);
    const auto bytes = static_cast<size_t>(maps_[value].vectors() * (isKept ? kJointBlocks : 1)) * sizeof(ImageVector);
    // What is kept of a block lives while the next ones are computed from the first step on.
    buffers_.push_back({bytes, isKept && !isJoint ? 0 : made, std::max(made, read), 0});
  }
  scratchOffset_ = placeBuffers(buffers_, program.steps.size());
}

void BlockPlan::surroundMaps(const PlanProgram& program) {
  for (const PlanStep& step : program.steps) {
    if (step.kind == PlanKind::convolution) BlockConvolution::surround(step.shape, maps_[static_cast<size_t>(step.input)]);
  }
}

void BlockPlan::prepare(const PlanProgram& program, size_t number, const std::vector<const float*>& given) {
  const PlanStep& step = program.steps[number];
  const int32_t input = step.input, second = step.second, result = static_cast<int32_t>(number + 1);
  const BlockMap from = maps_[static_cast<size_t>(input)], to = maps_[static_cast<size_t>(result)];
  const BlockMap added = second >= 0 ? maps_[static_cast<size_t>(second)] : to;
  const BlockFinish finish = BlockFinish::of(step.activation);
  const ConvolutionShape shape = step.shape;
  const auto blockByBlock = [this](auto compute) {
    steps_.push_back([compute](const Call& call) {
      for (int64_t i = 0; i < call.blocks; i++) compute(Call{call.arena, call.block + i, 1});
    });
  };
  switch (step.kind) {
    case PlanKind::convolution:
    case PlanKind::dense: {
      const ConvolutionShape own = step.kind == PlanKind::dense ? pixelShape(step, from.channels) : shape;
      convolutions_.push_back(BlockConvolution::create(own, from, added, to, given[2 * number], given[2 * number + 1], finish,
                                                       number < firstJoint_ ? 1 : kJointBlocks));
      const BlockConvolution* convolution = convolutions_.back().get();
      steps_.push_back([=](const Call& call) {
        const ImageVector* summand = second >= 0 ? at(call, second) : nullptr;
        ImageVector* scratch = reinterpret_cast<ImageVector*>(call.arena + scratchOffset_);
        convolution->run(at(call, input), summand, at(call, result), scratch, call.blocks);
      });
      break;
    }
    case PlanKind::maxPool:
    case PlanKind::averagePool:
      blockByBlock([=, isMaximum = step.kind == PlanKind::maxPool](const Call& call) {
        poolWindows(shape, isMaximum, from, at(call, input), to, at(call, result));
      });
      break;
    case PlanKind::globalAverage:
      blockByBlock([=](const Call& call) { averageBlock(from, at(call, input), at(call, result)); });
      break;
    case PlanKind::flatten:
      blockByBlock([=](const Call& call) { flattenBlock(from, at(call, input), at(call, result)); });
      break;
    case PlanKind::copyChannels:
      blockByBlock([=, sources = step.sources](const Call& call) {
        copyBlockChannels(sources, shape.strideHeight, shape.strideWidth, from, at(call, input), to, at(call, result));
      });
      break;
    case PlanKind::add:
      blockByBlock([=](const Call& call) {
        addBlocks(from, at(call, input), added, second >= 0 ? at(call, second) : nullptr, to, at(call, result), finish);
      });
      break;
  }
}

ImageVector* BlockPlan::at(const Call& call, int32_t value) const {
  const auto number = static_cast<size_t>(value);
  auto* maps = reinterpret_cast<ImageVector*>(call.arena + buffers_[number].offset);
  return isKept_[number] ? maps + call.block * maps_[number].vectors() : maps;
}

size_t BlockPlan::bytes() const {
  size_t bytes = 0;
  for (const auto& convolution : convolutions_) bytes += convolution->bytes();
  return bytes;
}

bool BlockPlan::run(char* arena, const float* images, int64_t count, const std::vector<float*>& outputs, bool checked) const {
  const int64_t blocks = (count + kBlockImages - 1) / kBlockImages;
  const int64_t imageSize = maps_[0].height * maps_[0].width * maps_[0].channels;
  for (int64_t block = 0; block < blocks; block++) {
    const Call call{arena, block, 1};
    const int64_t first = block * kBlockImages;
    loadImages(images + first * imageSize, std::min(kBlockImages, count - first), maps_[0], at(call, 0));
    maps_[0].clearBorder(at(call, 0));
    for (size_t i = 0; i < firstJoint_; i++) {
      if (!runStep(i, call, count, outputs, checked)) return false;
    }
  }
  for (size_t i = firstJoint_; i < steps_.size(); i++) {
    if (!runStep(i, {arena, 0, blocks}, count, outputs, checked)) return false;
  }
  return true;
}

bool BlockPlan::runStep(size_t number, const Call& call, int64_t count, const std::vector<float*>& outputs, bool checked) const {
  steps_[number](call);
  const auto value = static_cast<int32_t>(number + 1);
  const BlockMap& map = maps_[number + 1];
  for (int64_t block = call.block; block < call.block + call.blocks; block++) {
    ImageVector* maps = at({call.arena, block, 1}, value);
    map.clearBorder(maps);
    if (checked && !isModestBlock(map, maps)) return false;
    const int64_t first = block * kBlockImages;
    for (const size_t output : outputsOf_[number + 1]) {
      storeImages(map, maps, std::min(kBlockImages, count - first), outputs[output] + first * map.height * map.width * map.channels);
    }
  }
  return true;
}

}  // namespace modulab
