#include "plans/plan-builder.h"

#include <algorithm>

#include "plans/plan-kernels.h"
#include "process/dnnl-versions.h"

namespace modulab {

using dnnl::memory;

namespace {

dnnl::primitive_attr userScratch() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/** Code that is not made for this processor. */
template <class Description>
bool isSlow(const Description& description) {
  const std::string name = description.impl_info_str();
  return name.rfind("jit", 0) != 0 && name.rfind("brg", 0) != 0;
}

size_t bytesOf(memory::data_type type) { return type == memory::data_type::bf16 ? 2 : 4; }

/**
 * Winograd's algorithm takes 2.25 to 4 times fewer multiplications, for tiles of 4×4 results of 16 channels at a time. The
 * rule looks at an image's shape only, so that an image's result does not depend on how many are computed; it comes from
 * `npm run bench -- conv`. oneDNN 2 has it for AVX-512, and refuses elsewhere.
 */
bool suitsWinograd(const ConvolutionShape& s) {
  const bool plain = s.filterHeight == 3 && s.filterWidth == 3 && s.strideHeight == 1 && s.strideWidth == 1 &&
                     s.dilationHeight == 1 && s.dilationWidth == 1 && s.groups == 1;
  if (!plain || s.padTop > 1 || s.padLeft > 1) return false;
  const auto after = s.paddingAfter();
  return after[0] <= 1 && after[1] <= 1 && std::min(s.channels, s.outChannels) > 16 && std::min(s.outHeight, s.outWidth) >= 4;
}

}  // namespace

PlanBuilder::PlanBuilder(State& state, const PlanProgram& program, PlanWeights& weights, const GivenWeights& given,
                         int64_t images, PreparedPlan& plan)
    : state_(state),
      program_(program),
      weights_(weights),
      given_(given),
      images_(images),
      plan_(plan),
      lastUses_(program.lastUses()),
      types_(program.values.size(), Type::f32),
      variants_(program.values.size()) {}

void PlanBuilder::build() {
  put(0, plain(0, Type::f32), kImage);
  for (size_t i = 0; i < program_.steps.size(); i++) {
    const PlanStep& step = program_.steps[i];
    const auto result = static_cast<int32_t>(i + 1);
    types_[i + 1] = decideType(i, step);
    switch (step.kind) {
      case PlanKind::convolution:
        convolution(i, step);
        break;
      case PlanKind::dense:
        dense(i, step);
        break;
      case PlanKind::maxPool:
      case PlanKind::averagePool:
        pooling(i, step);
        break;
      case PlanKind::globalAverage:
        average(i, step);
        break;
      case PlanKind::flatten:
        flatten(i, step);
        break;
      case PlanKind::copyChannels:
        copyChannels(i, step);
        break;
      case PlanKind::add:
        add(i, step);
        break;
    }
    giveBack(result);
  }
}

/** Maps are kept in bfloat16 where that is asked for; means over maps, and what is computed from them, in float32. */
PlanBuilder::Type PlanBuilder::decideType(size_t number, const PlanStep& step) const {
  const bool isOutput = lastUses_[number + 1] == program_.steps.size();
  if (!program_.isBfloat16 || step.kind == PlanKind::globalAverage) return Type::f32;
  if (step.kind != PlanKind::dense && step.kind != PlanKind::flatten) return Type::bf16;
  const bool fromFloats = typeOf(step.input) == Type::f32 && step.input != 0;
  return fromFloats || (step.kind == PlanKind::dense && isOutput) ? Type::f32 : Type::bf16;
}

memory::dims PlanBuilder::dimensions(int32_t value) const {
  const PlanValue& v = program_.values[static_cast<size_t>(value)];
  if (v.isVector) return {images_, v.channels};
  return {images_, v.channels, v.height, v.width};
}

PlanBuilder::Desc PlanBuilder::plain(int32_t value, Type type) const {
  const bool isVector = program_.values[static_cast<size_t>(value)].isVector;
  return {dimensions(value), type, isVector ? memory::format_tag::nc : memory::format_tag::nhwc};
}

MapLayout PlanBuilder::layoutOf(int32_t value, const Desc& description) const {
  const PlanValue& v = program_.values[static_cast<size_t>(value)];
  const bool isBfloat16 = description == plain(value, Type::bf16) ||
                          (!v.isVector && description == Desc(dimensions(value), Type::bf16, memory::format_tag::nChw16c));
  const bool isPlain = description == plain(value, isBfloat16 ? Type::bf16 : Type::f32);
  return {images_, v.height * v.width, v.channels, !isPlain, isBfloat16};
}

bool PlanBuilder::isReadable(int32_t value, const Desc& description) const {
  for (const Type type : {Type::f32, Type::bf16}) {
    if (description == plain(value, type)) return true;
    if (program_.values[static_cast<size_t>(value)].isVector) continue;
    if (description == Desc(dimensions(value), type, memory::format_tag::nChw16c)) return true;
  }
  return false;
}

int PlanBuilder::newBuffer(const Desc& description) {
  const size_t now = plan_.instructions_.size();
  plan_.buffers_.push_back({description.get_size(), now, now, 0});
  return static_cast<int>(plan_.buffers_.size() - 1);
}

void PlanBuilder::use(int place) {
  if (place >= 0) plan_.buffers_[static_cast<size_t>(place)].last = plan_.instructions_.size();
}

void PlanBuilder::put(int32_t value, const Desc& description, int place) {
  variants_[static_cast<size_t>(value)].push_back({description, place});
}

int PlanBuilder::want(int32_t value, const Desc& description) {
  std::vector<Variant>& variants = variants_[static_cast<size_t>(value)];
  for (const Variant& variant : variants) {
    if (variant.description == description) return variant.place;
  }
  const int place = newBuffer(description);
  reorder(variants.front(), description, place);
  put(value, description, place);
  return place;
}

PlanBuilder::Variant PlanBuilder::readable(int32_t value, Type type) {
  for (const Variant& variant : variants_[static_cast<size_t>(value)]) {
    if (!isReadable(value, variant.description)) continue;
    if (layoutOf(value, variant.description).isBfloat16 == (type == Type::bf16)) return variant;
  }
  const Desc description = plain(value, type);
  const int place = want(value, description);
  return {description, place};
}

void PlanBuilder::reorder(const Variant& from, const Desc& description, int place) {
  Instruction instruction;
  const dnnl::reorder::primitive_desc primitive(state_.engine, from.description, state_.engine, description, userScratch());
  instruction.primitive = dnnl::reorder(primitive);
  instruction.operands = {operand(DNNL_ARG_FROM, from.description, from.place), operand(DNNL_ARG_TO, description, place),
                          scratch(primitive.scratchpad_desc())};
  emit(std::move(instruction));
}

PlanBuilder::Operand PlanBuilder::scratch(const Desc& description) {
  plan_.scratchBytes_ = std::max(plan_.scratchBytes_, description.get_size());
  return operand(DNNL_ARG_SCRATCHPAD, description, kScratch);
}

void PlanBuilder::emit(Instruction instruction, int32_t result) {
  for (const Operand& each : instruction.operands) use(each.place);
  if (result >= 0) {
    const Variant& variant = variants_[static_cast<size_t>(result)].front();
    instruction.checkedBuffer = variant.place;
    instruction.checkedBfloat16 = typeOf(result) == Type::bf16;
    instruction.checkedCount = variant.description.get_size() / bytesOf(typeOf(result));
  }
  plan_.instructions_.push_back(std::move(instruction));
}

void PlanBuilder::appendWeights(Instruction& instruction, size_t number, const PlanStep& step, const Desc& wanted,
                                const Desc& outside) {
  instruction.operands.push_back(
      fixed(DNNL_ARG_WEIGHTS, weights_.get(state_, 2 * number, wanted, outside, given_[2 * number])));
  if (!step.hasBias) return;
  const Desc bias({step.shape.outChannels}, Type::f32, memory::format_tag::x);
  instruction.operands.push_back(
      fixed(DNNL_ARG_BIAS, weights_.get(state_, 2 * number + 1, bias, bias, given_[2 * number + 1])));
}

dnnl::convolution_forward::primitive_desc PlanBuilder::describeConvolution(const PlanStep& step, dnnl::algorithm algorithm,
                                                                           memory::format_tag tag) const {
  const Type type = program_.isBfloat16 ? Type::bf16 : Type::f32;
  // Its form for training transforms kernels in every call, by faster code.
  const bool transforms = program_.isBrief && algorithm == dnnl::algorithm::convolution_winograd;
  const auto kind = transforms ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  ConvolutionShape shape = step.shape;
  shape.batch = static_cast<int32_t>(images_);
  const Desc source(shape.sourceDims(), type, tag), target(shape.targetDims(), type, tag),
      filter(shape.filterDims(), type, memory::format_tag::any),
      bias = step.hasBias ? Desc({shape.outChannels}, Type::f32, memory::format_tag::x) : Desc();
  dnnl::primitive_attr attributes = userScratch();
  dnnl::post_ops operations;
  if (step.second >= 0) operations.append_sum(1.0f);
  appendActivation(operations, step.activation, 0);
  attributes.set_post_ops(operations);
  auto description = describe<dnnl::convolution_forward>(state_.engine, attributes, kind, algorithm,
                                                         source, filter, bias, target, shape.strides(), shape.dilations(),
                                                         shape.paddingBefore(), shape.paddingAfter());
  passOverOverrun(description, shape.strides());
  return description;
}

dnnl::convolution_forward::primitive_desc PlanBuilder::describeConvolution(const PlanStep& step) const {
  using algorithm = dnnl::algorithm;
  if (!program_.isBfloat16 && suitsWinograd(step.shape)) {
    try {
      return describeConvolution(step, algorithm::convolution_winograd, memory::format_tag::any);
    } catch (const dnnl::error&) {
      // not in this version, or not on this processor
    }
  }
  const auto description = describeConvolution(step, algorithm::convolution_direct, memory::format_tag::nhwc);
  if (!isSlow(description)) return description;
  const auto other = describeConvolution(step, algorithm::convolution_direct, memory::format_tag::any);
  return isSlow(other) ? description : other;
}

void PlanBuilder::convolution(size_t number, const PlanStep& step) {
  const auto result = static_cast<int32_t>(number + 1);
  const auto description = describeConvolution(step);
  const Desc target = description.dst_desc();
  const int source = want(step.input, description.src_desc());
  int place = -1;
  if (step.second >= 0) {
    // The summand's own memory, where nothing else reads it.
    if (step.second != step.input && step.second != 0 && lastUses_[static_cast<size_t>(step.second)] == number) {
      for (const Variant& variant : variants_[static_cast<size_t>(step.second)]) {
        const bool isShared = std::find(shared_.begin(), shared_.end(), variant.place) != shared_.end();
        if (variant.description == target && variant.place != source && variant.place >= 0 && !isShared) place = variant.place;
      }
    }
    if (place == -1) {
      place = newBuffer(target);
      reorder(variants_[static_cast<size_t>(step.second)].front(), target, place);
    }
  } else {
    place = newBuffer(target);
  }
  Instruction instruction;
  instruction.primitive = dnnl::convolution_forward(description);
  instruction.operands = {operand(DNNL_ARG_SRC, description.src_desc(), source), operand(DNNL_ARG_DST, target, place),
                          scratch(description.scratchpad_desc())};
  appendWeights(instruction, number, step, description.weights_desc(), step.shape.filter());
  put(result, target, place);
  emit(std::move(instruction), result);
}

void PlanBuilder::dense(size_t number, const PlanStep& step) {
  const auto result = static_cast<int32_t>(number + 1);
  const memory::dim inputs = program_.values[static_cast<size_t>(step.input)].channels, outputs = step.shape.outChannels;
  const Type type = typeOf(step.input);
  const Desc source = plain(step.input, type), target = plain(result, typeOf(result)),
             outside({outputs, inputs}, Type::f32, memory::dims{1, outputs}),
             filter({outputs, inputs}, type, memory::format_tag::any),
             bias = step.hasBias ? Desc({outputs}, Type::f32, memory::format_tag::x) : Desc();
  dnnl::primitive_attr attributes = userScratch();
  dnnl::post_ops operations;
  appendActivation(operations, step.activation, 0);
  attributes.set_post_ops(operations);
  const auto description = describe<dnnl::inner_product_forward>(
      state_.engine, attributes, dnnl::prop_kind::forward_inference, source, filter, bias, target);
  Instruction instruction;
  instruction.primitive = dnnl::inner_product_forward(description);
  const int from = want(step.input, source), place = newBuffer(target);
  instruction.operands = {operand(DNNL_ARG_SRC, source, from), operand(DNNL_ARG_DST, target, place),
                          scratch(description.scratchpad_desc())};
  appendWeights(instruction, number, step, description.weights_desc(), outside);
  put(result, target, place);
  emit(std::move(instruction), result);
}

void PlanBuilder::pooling(size_t number, const PlanStep& step) {
  const auto result = static_cast<int32_t>(number + 1);
  const Type type = typeOf(result);
  const Variant from = readable(step.input, type);
  const bool isBlocked = layoutOf(step.input, from.description).isBlocked;
  const Desc target(dimensions(result), type, isBlocked ? memory::format_tag::nChw16c : memory::format_tag::nhwc);
  const ConvolutionShape& s = step.shape;
  const auto description = describePooling(
      state_.engine, userScratch(),
      step.kind == PlanKind::maxPool ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding,
      from.description, target, s.strides(), {s.filterHeight, s.filterWidth}, s.paddingBefore(), s.paddingAfter());
  Instruction instruction;
  instruction.primitive = dnnl::pooling_forward(description);
  const int place = newBuffer(target);
  instruction.operands = {operand(DNNL_ARG_SRC, from.description, from.place), operand(DNNL_ARG_DST, target, place),
                          scratch(description.scratchpad_desc())};
  put(result, target, place);
  emit(std::move(instruction), result);
}

void PlanBuilder::average(size_t number, const PlanStep& step) {
  const auto result = static_cast<int32_t>(number + 1);
  const Variant from = readable(step.input, step.input == 0 ? Type::f32 : typeOf(step.input));
  const Desc target = plain(result, Type::f32);
  Instruction instruction;
  instruction.own = [layout = layoutOf(step.input, from.description)](const void* in, const void*, void* out) {
    averageOverPixels(layout, in, static_cast<float*>(out));
  };
  const int place = newBuffer(target);
  instruction.operands = {operand(DNNL_ARG_SRC, from.description, from.place), operand(DNNL_ARG_DST, target, place)};
  put(result, target, place);
  emit(std::move(instruction), result);
}

/** The same memory under another description. */
void PlanBuilder::flatten(size_t number, const PlanStep& step) {
  const auto result = static_cast<int32_t>(number + 1);
  const int place = want(step.input, plain(step.input, typeOf(result)));
  put(result, plain(result, typeOf(result)), place);
  shared_.push_back(place);
}

void PlanBuilder::copyChannels(size_t number, const PlanStep& step) {
  const auto result = static_cast<int32_t>(number + 1);
  const Type type = typeOf(result);
  const Variant from = readable(step.input, type);
  ChannelCopy task;
  task.in = layoutOf(step.input, from.description);
  const Desc target(dimensions(result), type, task.in.isBlocked ? memory::format_tag::nChw16c : memory::format_tag::nhwc);
  task.out = layoutOf(result, target);
  const ConvolutionShape& s = step.shape;
  task.inWidth = s.width;
  task.outHeight = s.outHeight;
  task.outWidth = s.outWidth;
  task.strideHeight = s.strideHeight;
  task.strideWidth = s.strideWidth;
  task.sources = step.sources;
  Instruction instruction;
  instruction.own = [task](const void* in, const void*, void* out) { task.run(in, out); };
  const int place = newBuffer(target);
  instruction.operands = {operand(DNNL_ARG_SRC, from.description, from.place), operand(DNNL_ARG_DST, target, place)};
  put(result, target, place);
  emit(std::move(instruction), result);
}

void PlanBuilder::add(size_t number, const PlanStep& step) {
  const auto result = static_cast<int32_t>(number + 1);
  const Type type = typeOf(result);
  const Variant from = readable(step.input, type);
  const int other = step.second >= 0 ? want(step.second, from.description) : from.place;
  const int place = newBuffer(from.description);
  Instruction instruction;
  instruction.own = [isBfloat16 = type == Type::bf16, count = from.description.get_size() / bytesOf(type),
                     activation = step.activation](const void* a, const void* b, void* out) {
    addMaps(isBfloat16, count, a, b, out, activation);
  };
  instruction.operands = {operand(DNNL_ARG_SRC_0, from.description, from.place)};
  if (step.second >= 0) instruction.operands.push_back(operand(DNNL_ARG_SRC_1, from.description, other));
  instruction.operands.push_back(operand(DNNL_ARG_DST, from.description, place));
  put(result, from.description, place);
  emit(std::move(instruction), result);
}

/** Writes outputs to where they are wanted as soon as they are there. */
void PlanBuilder::giveBack(int32_t value) {
  for (size_t i = 0; i < program_.outputs.size(); i++) {
    if (program_.outputs[i] != value) continue;
    reorder(variants_[static_cast<size_t>(value)].front(), plain(value, Type::f32), kFirstOutput - static_cast<int>(i));
  }
}

}  // namespace modulab
