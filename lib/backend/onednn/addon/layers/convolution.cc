#include "layers/convolution.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "arguments.h"
#include "element-wise/activation.h"
#include "element-wise/finite.h"
#include "layers/convolution-shape.h"
#include "process/dnnl-versions.h"

namespace modulab {
namespace {

using dnnl::memory;

enum class Pass : int32_t { forward, inputGradient, filterGradient };

using Shape = ConvolutionShape;

/** What follows a forward convolution in the same pass. */
struct Epilogue {
  Activation activation = Activation::linear;
  float slope = 0;
  bool bias = false;
  /** Whether the target holds a tensor that is added before the activation. */
  bool residual = false;
};

/**
 * Winograd's algorithm takes 2.25 to 4 times fewer multiplications but needs another layout, which pays from 32 channels
 * on where there is work enough. The rule looks at the shape only, so that the same network gives the same bits in every
 * run; it comes from `npm run bench -- conv`. oneDNN has it for AVX-512, and refuses elsewhere.
 */
bool suitsWinograd(const Shape& s) {
  const bool plain = s.filterHeight == 3 && s.filterWidth == 3 && s.strideHeight == 1 && s.strideWidth == 1 &&
                     s.dilationHeight == 1 && s.dilationWidth == 1 && s.groups == 1;
  if (!plain || s.padTop > 1 || s.padLeft > 1) return false;
  const auto after = s.paddingAfter();
  const bool blocks = s.channels % 16 == 0 && s.outChannels % 16 == 0;
  const int64_t pixels = int64_t{s.batch} * s.outHeight * s.outWidth;
  return after[0] <= 1 && after[1] <= 1 && blocks && std::min(s.channels, s.outChannels) >= 32 && pixels >= 1024;
}

/** Builds the plan of one pass with one algorithm and one layout of activations. */
class Planner {
 public:
  Planner(State& state, Pass pass, const Shape& shape, const Epilogue& epilogue, bool winograd)
      : state_(state), pass_(pass), shape_(shape), epilogue_(epilogue), winograd_(winograd) {}

  std::unique_ptr<ConvolutionPlan> plan() {
    using tag = memory::format_tag;
    using algorithm = dnnl::algorithm;
    if (winograd_) {
      try {
        auto plan = build(algorithm::convolution_winograd, tag::any);
        plan->winograd = true;
        return plan;
      } catch (const dnnl::error&) {
        // not on this processor
      }
    }
    auto plan = build(algorithm::convolution_direct, tag::nhwc);
    if (!isSlow(*plan)) return plan;
    auto other = build(algorithm::convolution_direct, tag::any);
    return isSlow(*other) ? std::move(plan) : std::move(other);
  }

 private:
  /** Implementations without code made for this processor. */
  static bool isSlow(const ConvolutionPlan& plan) {
    return plan.implementation.rfind("jit", 0) != 0 && plan.implementation.rfind("brg", 0) != 0;
  }

  std::unique_ptr<ConvolutionPlan> build(dnnl::algorithm algorithm, memory::format_tag tag) {
    const auto f32 = memory::data_type::f32;
    const memory::desc source(shape_.sourceDims(), f32, tag), target(shape_.targetDims(), f32, tag),
        filter(shape_.filterDims(), f32, memory::format_tag::any),
        bias = epilogue_.bias ? memory::desc({shape_.outChannels}, f32, memory::format_tag::x) : memory::desc();
    const auto strides = shape_.strides(), dilations = shape_.dilations(), before = shape_.paddingBefore(),
               after = shape_.paddingAfter();
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::primitive_attr forwardAttributes = attributes;
    dnnl::post_ops operations;
    if (epilogue_.residual) operations.append_sum(1.0f);
    appendActivation(operations, epilogue_.activation, epilogue_.slope);
    forwardAttributes.set_post_ops(operations);
    // Not forward_inference, for which Winograd wants filters transformed beforehand: a slow reorder in every call.
    auto forward = describe<dnnl::convolution_forward>(
        state_.engine, forwardAttributes, dnnl::prop_kind::forward_training, algorithm, source, filter, bias, target,
        strides, dilations, before, after);
    passOverOverrun(forward, strides);
    if (pass_ == Pass::forward) {
      auto plan = start<dnnl::convolution_forward>(forward);
      connect(*plan, forward.src_desc(), forward.weights_desc(), forward.dst_desc());
      if (epilogue_.bias) plan->bias = memory(bias, state_.engine, nullptr);
      return plan;
    }
    if (pass_ == Pass::inputGradient) {
      auto backward = describeGradient<dnnl::convolution_backward_data>(
          state_.engine, forward, attributes, algorithm, source, filter, target, strides, dilations, before, after);
      passOverOverrun(backward, strides);
      auto plan = start<dnnl::convolution_backward_data>(backward);
      connect(*plan, backward.diff_src_desc(), backward.weights_desc(), backward.diff_dst_desc());
      return plan;
    }
    auto backward = describeGradient<dnnl::convolution_backward_weights>(
        state_.engine, forward, attributes, algorithm, source, filter, target, strides, dilations, before, after);
    passOverOverrun(backward, strides);
    auto plan = start<dnnl::convolution_backward_weights>(backward);
    connect(*plan, backward.src_desc(), backward.diff_weights_desc(), backward.diff_dst_desc());
    return plan;
  }

  template <class Primitive, class Description>
  std::unique_ptr<ConvolutionPlan> start(const Description& description) {
    auto plan = std::make_unique<ConvolutionPlan>();
    plan->primitive = Primitive(description);
    plan->implementation = description.impl_info_str();
    plan->work = memory(description.scratchpad_desc(), state_.engine, nullptr);
    return plan;
  }

  void connect(ConvolutionPlan& plan, const memory::desc& source, const memory::desc& filter,
               const memory::desc& target) {
    const auto f32 = memory::data_type::f32;
    const memory::desc outerSource(shape_.sourceDims(), f32, memory::format_tag::nhwc),
        outerTarget(shape_.targetDims(), f32, memory::format_tag::nhwc);
    const auto direction = [this](Pass writer) { return pass_ == writer ? ReorderedMemory::Direction::out : ReorderedMemory::Direction::in; };
    plan.source = ReorderedMemory(state_, direction(Pass::inputGradient), outerSource, source);
    plan.weights = ReorderedMemory(state_, direction(Pass::filterGradient), shape_.filter(), filter);
    plan.target = ReorderedMemory(state_, epilogue_.residual ? ReorderedMemory::Direction::both : direction(Pass::forward), outerTarget, target);
    plan.sourceIndex = pass_ == Pass::inputGradient ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC;
    plan.weightsIndex = pass_ == Pass::filterGradient ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS;
    plan.targetIndex = pass_ == Pass::forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST;
  }

  State& state_;
  Pass pass_;
  const Shape& shape_;
  const Epilogue& epilogue_;
  bool winograd_;
};

ConvolutionPlan& planOf(State& state, Pass pass, const Shape& shape, const Epilogue& epilogue, bool winograd) {
  Key key(Shape::kNumbers);
  std::memcpy(key.data(), &shape, sizeof shape);
  int32_t slope;
  std::memcpy(&slope, &epilogue.slope, sizeof slope);
  key.insert(key.end(), {int32_t(pass), int32_t(epilogue.activation), slope, epilogue.bias, epilogue.residual,
                        winograd});
  return state.convolutions.get(key, [&] { return Planner(state, pass, shape, epilogue, winograd).plan(); });
}

void run(State& state, ConvolutionPlan& plan, float* source, float* filter, float* bias, float* target) {
  plan.source.open(state, state.source, source);
  plan.weights.open(state, state.weights, filter);
  plan.target.open(state, state.target, target);
  plan.work.set_data_handle(state.work.get(plan.work.get_desc().get_size()));
  std::unordered_map<int, memory> arguments{{plan.sourceIndex, plan.source.memory()},
                                            {plan.weightsIndex, plan.weights.memory()},
                                            {plan.targetIndex, plan.target.memory()},
                                            {DNNL_ARG_SCRATCHPAD, plan.work}};
  if (bias != nullptr) {
    plan.bias.set_data_handle(bias);
    arguments.emplace(DNNL_ARG_BIAS, plan.bias);
  }
  plan.primitive.execute(state.stream, arguments);
  plan.source.close(state);
  plan.weights.close(state);
  plan.target.close(state);
  state.stream.wait();
}

/** convolve(shape, x, filter, bias | null, out, activation, slope, residual): out = activation(x ∗ filter + bias [+ out]). */
void convolve(const Napi::CallbackInfo& info) {
  State& state = State::of(info.Env());
  const Shape shape = Shape::of(info[0]);
  float* source = floats(info[1], shape.sourceSize(), "x");
  float* filter = floats(info[2], shape.filterSize(), "filter");
  float* bias = floatsOrNull(info[3], shape.outChannels, "bias");
  float* target = floats(info[4], shape.targetSize(), "out");
  Epilogue epilogue;
  epilogue.activation = activationOf(info[5]);
  epilogue.slope = static_cast<float>(number(info[6], "slope"));
  epilogue.bias = bias != nullptr;
  epilogue.residual = info[7].ToBoolean();
  ConvolutionPlan& plan = planOf(state, Pass::forward, shape, epilogue, suitsWinograd(shape));
  if (!plan.winograd && !losesNaN(epilogue.activation)) return run(state, plan, source, filter, bias, target);
  const bool finite = allFinite(source, shape.sourceSize()) && allFinite(filter, shape.filterSize()) &&
                      (bias == nullptr || allFinite(bias, shape.outChannels)) &&
                      (!epilogue.residual || allFinite(target, shape.targetSize()));
  if (finite) return run(state, plan, source, filter, bias, target);
  const Activation last = epilogue.activation;
  if (losesNaN(last)) epilogue.activation = Activation::linear;
  run(state, planOf(state, Pass::forward, shape, epilogue, false), source, filter, bias, target);
  activateKeepingNaN(last, target, shape.targetSize());
}

/**
 * The plan of a gradient of two operands. Winograd's algorithm spreads NaN and infinities over tiles of the result, where
 * they do not belong.
 */
ConvolutionPlan& gradientPlan(State& state, Pass pass, const Shape& shape, const float* a, size_t sizeA, const float* b,
                              size_t sizeB) {
  ConvolutionPlan& plan = planOf(state, pass, shape, {}, suitsWinograd(shape));
  if (!plan.winograd || (allFinite(a, sizeA) && allFinite(b, sizeB))) return plan;
  return planOf(state, pass, shape, {}, false);
}

/** convolutionInputGradient(shape, dy, filter, dx) */
void inputGradient(const Napi::CallbackInfo& info) {
  State& state = State::of(info.Env());
  const Shape shape = Shape::of(info[0]);
  float* target = floats(info[1], shape.targetSize(), "dy");
  float* filter = floats(info[2], shape.filterSize(), "filter");
  float* source = floats(info[3], shape.sourceSize(), "dx");
  ConvolutionPlan& plan =
      gradientPlan(state, Pass::inputGradient, shape, target, shape.targetSize(), filter, shape.filterSize());
  run(state, plan, source, filter, nullptr, target);
}

/** convolutionFilterGradient(shape, x, dy, dFilter) */
void filterGradient(const Napi::CallbackInfo& info) {
  State& state = State::of(info.Env());
  const Shape shape = Shape::of(info[0]);
  float* source = floats(info[1], shape.sourceSize(), "x");
  float* target = floats(info[2], shape.targetSize(), "dy");
  float* filter = floats(info[3], shape.filterSize(), "dFilter");
  ConvolutionPlan& plan =
      gradientPlan(state, Pass::filterGradient, shape, source, shape.sourceSize(), target, shape.targetSize());
  run(state, plan, source, filter, nullptr, target);
}

/** convolutionImplementation(shape, pass): oneDNN's name of what computes it; pass is 0 forward, 1 input, 2 filter. */
Napi::Value implementation(const Napi::CallbackInfo& info) {
  State& state = State::of(info.Env());
  const Shape shape = Shape::of(info[0]);
  const auto pass = static_cast<Pass>(std::min<size_t>(size(info[1], "pass"), 2));
  return Napi::String::New(info.Env(), planOf(state, pass, shape, {}, suitsWinograd(shape)).implementation);
}

}  // namespace

void exportConvolution(Napi::Env env, Napi::Object exports) {
  exports["convolve"] = Napi::Function::New(env, convolve);
  exports["convolutionInputGradient"] = Napi::Function::New(env, inputGradient);
  exports["convolutionFilterGradient"] = Napi::Function::New(env, filterGradient);
  exports["convolutionImplementation"] = Napi::Function::New(env, implementation);
}

}  // namespace modulab
