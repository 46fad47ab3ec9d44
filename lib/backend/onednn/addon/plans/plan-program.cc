#include "plans/plan-program.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "arguments.h"

namespace modulab {
namespace {

/** Winograd's algorithm adds up to some hundred values of a map before it multiplies. */
constexpr float kFarFromOverflow = 1e34f;

class StepReader {
 public:
  StepReader(const PlanProgram& program, Napi::Env env, size_t number, const int32_t* n, Napi::Value kernel, Napi::Value bias)
      : program_(program), env_(env), number_(number), n_(n), kernel_(kernel), bias_(bias) {}

  PlanStep read() {
    if (n_[0] < 0 || n_[0] > static_cast<int32_t>(PlanKind::add)) fail("is of no known kind");
    PlanStep step;
    step.kind = static_cast<PlanKind>(n_[0]);
    step.input = n_[1];
    step.second = n_[2];
    const auto isThere = [this](int32_t value) { return value >= 0 && static_cast<size_t>(value) < program_.values.size(); };
    if (!isThere(step.input) || (step.second != -1 && !isThere(step.second))) fail("reads a value that is not there yet");
    step.activation = activationOf(Napi::Number::New(env_, n_[3]));
    if (step.activation > Activation::relu6) fail("has an activation that plans do not fuse");
    for (size_t i = 4; i < PlanProgram::kNumbersOfStep; i++) {
      const bool isPadding = i == 13 || i == 14;
      if (n_[i] < (isPadding ? 0 : 1) || n_[i] > (1 << 24)) fail("has a size that cannot be");
    }
    const PlanValue& in = program_.values[static_cast<size_t>(step.input)];
    step.shape = {1,     static_cast<int32_t>(in.height), static_cast<int32_t>(in.width), static_cast<int32_t>(in.channels),
                  n_[4], n_[5], n_[6], n_[7], n_[8], n_[9], n_[10], n_[11], n_[12], n_[13], n_[14], n_[15]};
    check(step, in);
    return step;
  }

  PlanValue output(const PlanStep& step) const {
    const ConvolutionShape& s = step.shape;
    const bool isVector = step.kind == PlanKind::dense || step.kind == PlanKind::globalAverage ||
                          step.kind == PlanKind::flatten ||
                          (step.kind == PlanKind::add && program_.values[static_cast<size_t>(step.input)].isVector);
    return {s.outHeight, s.outWidth, s.outChannels, isVector};
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Napi::RangeError::New(env_, "step " + std::to_string(number_) + " " + what);
  }

  void check(PlanStep& step, const PlanValue& in) {
    const ConvolutionShape& s = step.shape;
    const PlanValue out{s.outHeight, s.outWidth, s.outChannels, false};
    const auto takesMaps = [&] {
      if (in.isVector) fail("expects a map");
    };
    const auto puts = [&](int64_t height, int64_t width, int64_t channels) {
      if (out.height != height || out.width != width || out.channels != channels) fail("puts out another shape");
    };
    const auto windowsFit = [&] {
      if (!s.windowsMeetMap()) fail("has windows that lie outside the map");
    };
    switch (step.kind) {
      case PlanKind::convolution:
        takesMaps();
        windowsFit();
        if (s.channels % s.groups != 0 || s.outChannels % s.groups != 0) fail("has channels that are no multiple of its groups");
        weigh(step, s.filterSize());
        break;
      case PlanKind::dense:
        if (!in.isVector) fail("expects features");
        puts(1, 1, s.outChannels);
        weigh(step, elements({in.size(), s.outChannels}));
        break;
      case PlanKind::maxPool:
      case PlanKind::averagePool:
        takesMaps();
        windowsFit();
        puts(s.outHeight, s.outWidth, in.channels);
        break;
      case PlanKind::globalAverage:
        takesMaps();
        puts(1, 1, in.channels);
        break;
      case PlanKind::flatten:
        takesMaps();
        puts(1, 1, in.size());
        break;
      case PlanKind::copyChannels: {
        takesMaps();
        puts((in.height + s.strideHeight - 1) / s.strideHeight, (in.width + s.strideWidth - 1) / s.strideWidth, s.outChannels);
        const int32_t* sources = ints(kernel_, static_cast<size_t>(s.outChannels), "sources");
        step.sources.assign(sources, sources + s.outChannels);
        for (const int32_t source : step.sources) {
          if (source < -1 || source >= in.channels) fail("copies a channel that is not there");
        }
        break;
      }
      case PlanKind::add:
        puts(in.height, in.width, in.channels);
        break;
    }
    const bool mayAdd = step.kind == PlanKind::convolution || step.kind == PlanKind::add;
    if (step.second == -1) return;
    const PlanValue& second = program_.values[static_cast<size_t>(step.second)];
    const bool sameKind = second.isVector == (step.kind == PlanKind::add && in.isVector);
    if (!mayAdd || !sameKind || second.height != out.height || second.width != out.width || second.channels != out.channels) {
      fail("adds a value of another shape");
    }
  }

  void weigh(PlanStep& step, size_t count) {
    const float* kernel = floats(kernel_, count, "kernel");
    const auto outputs = static_cast<size_t>(step.shape.outChannels);
    std::vector<float> sums(outputs, 0.0f);
    for (size_t i = 0; i < count; i += outputs) {
      for (size_t o = 0; o < outputs; o++) sums[o] += std::abs(kernel[i + o]);
    }
    step.gain = 0;
    for (const float sum : sums) step.gain = sum <= step.gain ? step.gain : sum;  // NaN as well
    const float* bias = floatsOrNull(bias_, outputs, "bias");
    step.hasBias = bias != nullptr;
    for (size_t o = 0; step.hasBias && o < outputs; o++) {
      step.offset = std::abs(bias[o]) <= step.offset ? step.offset : std::abs(bias[o]);
    }
  }

  const PlanProgram& program_;
  Napi::Env env_;
  size_t number_;
  const int32_t* n_;
  Napi::Value kernel_, bias_;
};

}  // namespace

PlanProgram::PlanProgram(const Napi::Value& numbers, const Napi::Value& image, const Napi::Value& weights,
                         const Napi::Value& outputsGiven) {
  const Napi::Env env = numbers.Env();
  const size_t count = elementCount(numbers, "steps");
  const int32_t* n = ints(numbers, count, "steps");
  const int32_t* size = ints(image, 3, "image");
  for (size_t i = 0; i < 3; i++) {
    if (size[i] < 1 || size[i] > (1 << 24)) throw Napi::RangeError::New(env, "image: a size that cannot be");
  }
  if (count == 0 || count % kNumbersOfStep != 0) throw Napi::RangeError::New(env, "steps: not a whole number of steps");
  const size_t stepCount = count / kNumbersOfStep;
  if (!weights.IsArray() || weights.As<Napi::Array>().Length() != 2 * stepCount) {
    throw Napi::TypeError::New(env, "weights: expected two entries per step");
  }
  const Napi::Array arrays = weights.As<Napi::Array>();
  values.push_back({size[0], size[1], size[2], false});
  for (size_t i = 0; i < stepCount; i++) {
    StepReader reader(*this, env, i, n + i * kNumbersOfStep, arrays.Get(static_cast<uint32_t>(2 * i)),
                      arrays.Get(static_cast<uint32_t>(2 * i + 1)));
    PlanStep step = reader.read();
    const PlanValue value = reader.output(step);
    elements({value.height, value.width, value.channels});
    steps.push_back(std::move(step));
    values.push_back(value);
  }
  const size_t outputCount = elementCount(outputsGiven, "outputs");
  const int32_t* given = ints(outputsGiven, outputCount, "outputs");
  for (size_t i = 0; i < outputCount; i++) {
    if (given[i] < 1 || static_cast<size_t>(given[i]) >= values.size()) {
      throw Napi::RangeError::New(env, "outputs: there is no such value");
    }
  }
  outputs.assign(given, given + outputCount);
}

std::vector<size_t> PlanProgram::lastUses() const {
  std::vector<size_t> last(values.size(), 0);
  for (size_t i = 0; i < steps.size(); i++) {
    last[static_cast<size_t>(steps[i].input)] = i;
    if (steps[i].second >= 0) last[static_cast<size_t>(steps[i].second)] = i;
  }
  for (const int32_t output : outputs) last[static_cast<size_t>(output)] = steps.size();
  return last;
}

bool PlanProgram::hasModestWeights() const {
  return std::all_of(steps.begin(), steps.end(), [](const PlanStep& step) { return step.gain < 1e4f && step.offset < 1e30f; });
}

bool PlanProgram::staysFinite(float largest) const {
  std::vector<float> bounds{largest};
  for (const PlanStep& step : steps) {
    float bound = step.gain * bounds[static_cast<size_t>(step.input)] + step.offset;
    if (step.second >= 0) bound += bounds[static_cast<size_t>(step.second)];
    if (step.activation == Activation::relu6) bound = bound <= 6 ? bound : bound < kFarFromOverflow ? 6 : bound;
    bounds.push_back(bound);
  }
  return std::all_of(bounds.begin(), bounds.end(), [](float bound) { return bound < kFarFromOverflow; });
}

}  // namespace modulab
