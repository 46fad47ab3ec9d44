#include "training/training-program.h"

#include <string>

#include "arguments.h"

namespace modulab {
namespace {

constexpr int32_t kLargest = 1 << 24;

class StepReader {
 public:
  StepReader(const TrainingProgram& program, Napi::Env env, size_t number, const int32_t* n)
      : program_(program), env_(env), number_(number), n_(n) {}

  TrainingStep read(const Napi::Value& sources, float epsilon) {
    if (n_[0] < 0 || n_[0] > static_cast<int32_t>(TrainingKind::mask)) fail("is of no known kind");
    TrainingStep step{};
    step.kind = static_cast<TrainingKind>(n_[0]);
    step.input = n_[1];
    step.second = n_[2];
    const auto isThere = [this](int32_t value) { return value >= 0 && static_cast<size_t>(value) < program_.values.size(); };
    if (!isThere(step.input) || (step.second != -1 && !isThere(step.second))) fail("reads a value that is not there yet");
    if (n_[3] < 0 || n_[3] > 1) fail("has an activation that training plans do not have");
    step.isRelu = n_[3] == 1;
    for (size_t i = 4; i < 16; i++) {
      const bool isPadding = i == 13 || i == 14;
      if (n_[i] < (isPadding ? 0 : 1) || n_[i] > kLargest) fail("has a size that cannot be");
    }
    if (n_[16] < 0 || n_[16] > 31) fail("has flags that are none");
    for (int i = 0; i < 2; i++) {
      step.has[i] = (n_[16] >> i & 1) != 0;
      step.trains[i] = (n_[16] >> (i + 2) & 1) != 0;
      if (step.trains[i] && !step.has[i]) fail("trains a weight that it does not have");
    }
    step.isFixed = (n_[16] & 16) != 0;
    if (!(epsilon >= 0 && epsilon < 1e30f)) fail("has an epsilon that cannot be");
    step.epsilon = epsilon;
    const PlanValue& in = program_.values[static_cast<size_t>(step.input)];
    step.shape = {1,     static_cast<int32_t>(in.height), static_cast<int32_t>(in.width), static_cast<int32_t>(in.channels),
                  n_[4], n_[5], n_[6], n_[7], n_[8], n_[9], n_[10], n_[11], n_[12], n_[13], n_[14], n_[15]};
    check(step, in, sources);
    return step;
  }

  PlanValue output(const TrainingStep& step) const {
    const ConvolutionShape& s = step.shape;
    const bool keepsKind = step.kind == TrainingKind::add || step.kind == TrainingKind::batchNorm ||
                           step.kind == TrainingKind::join || step.kind == TrainingKind::mask;
    const bool isVector = step.kind == TrainingKind::dense || step.kind == TrainingKind::globalAverage ||
                          step.kind == TrainingKind::flatten ||
                          (keepsKind && program_.values[static_cast<size_t>(step.input)].isVector);
    return {s.outHeight, s.outWidth, s.outChannels, isVector};
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Napi::RangeError::New(env_, "step " + std::to_string(number_) + " " + what);
  }

  void check(TrainingStep& step, const PlanValue& in, const Napi::Value& sources) {
    const ConvolutionShape& s = step.shape;
    const auto takesMaps = [&] {
      if (in.isVector) fail("expects a map");
    };
    const auto puts = [&](int64_t height, int64_t width, int64_t channels) {
      if (s.outHeight != height || s.outWidth != width || s.outChannels != channels) fail("puts out another shape");
    };
    const auto windowsFit = [&] {
      if (!s.windowsMeetMap()) fail("has windows that lie outside the map");
    };
    switch (step.kind) {
      case TrainingKind::convolution:
        takesMaps();
        windowsFit();
        if (s.groups != 1) fail("has groups, which training plans do not have");
        elements({s.filterHeight, s.filterWidth, s.channels, s.outChannels});
        break;
      case TrainingKind::dense: {
        if (!in.isVector) fail("expects features");
        puts(1, 1, s.outChannels);
        elements({in.size(), s.outChannels});
        // It is a convolution of one pixel.
        const int32_t inputs = s.channels, outputs = s.outChannels;
        step.shape = {1, 1, 1, inputs, 1, 1, outputs, 1, 1, 1, 1, 1, 1, 0, 0, 1};
        break;
      }
      case TrainingKind::maxPool:
      case TrainingKind::averagePool:
        takesMaps();
        windowsFit();
        if (s.dilationHeight != 1 || s.dilationWidth != 1) fail("has windows with holes");
        puts(s.outHeight, s.outWidth, in.channels);
        break;
      case TrainingKind::globalAverage:
        takesMaps();
        puts(1, 1, in.channels);
        break;
      case TrainingKind::flatten:
        takesMaps();
        puts(1, 1, in.size());
        break;
      case TrainingKind::copyChannels: {
        takesMaps();
        puts((in.height + s.strideHeight - 1) / s.strideHeight, (in.width + s.strideWidth - 1) / s.strideWidth, s.outChannels);
        const int32_t* given = ints(sources, static_cast<size_t>(s.outChannels), "sources");
        step.sources.assign(given, given + s.outChannels);
        for (const int32_t source : step.sources) {
          if (source < -1 || source >= in.channels) fail("copies a channel that is not there");
        }
        break;
      }
      case TrainingKind::add:
      case TrainingKind::batchNorm:
      case TrainingKind::mask:
        puts(in.height, in.width, in.channels);
        break;
      case TrainingKind::join:
        if (step.second == -1) fail("joins nothing");
        puts(in.height, in.width, in.channels + program_.values[static_cast<size_t>(step.second)].channels);
        break;
    }
    if (step.isWeighted() ? !step.has[0] : step.kind != TrainingKind::batchNorm && (step.has[0] || step.has[1])) {
      fail("has other weights than such steps have");
    }
    if (step.isFixed && step.kind != TrainingKind::batchNorm) fail("has no statistics that could be given");
    const bool mayAdd = step.kind == TrainingKind::batchNorm || step.kind == TrainingKind::add;
    const bool mayActivate = mayAdd || step.isWeighted();
    if (step.isRelu && !mayActivate) fail("has an activation that such steps do not have");
    if (step.second == -1) return;
    const PlanValue& second = program_.values[static_cast<size_t>(step.second)];
    const bool isJoin = step.kind == TrainingKind::join;
    if ((!mayAdd && !isJoin) || second.isVector != in.isVector || second.height != s.outHeight || second.width != s.outWidth ||
        (!isJoin && second.channels != s.outChannels)) {
      fail("reads a second value of another shape");
    }
  }

  const TrainingProgram& program_;
  Napi::Env env_;
  size_t number_;
  const int32_t* n_;
};

}  // namespace

size_t TrainingStep::weightSize(size_t which) const {
  if (!has[which]) return 0;
  return kind == TrainingKind::batchNorm || which == 1 ? static_cast<size_t>(shape.outChannels) : shape.filterSize();
}

TrainingProgram::TrainingProgram(const Napi::Value& numbers, const Napi::Value& image, const Napi::Value& sources,
                                 const Napi::Value& epsilons) {
  const Napi::Env env = numbers.Env();
  const size_t count = elementCount(numbers, "steps");
  const int32_t* given = ints(numbers, count, "steps");
  // Reading entries of an array may run code that takes memory away.
  const std::vector<int32_t> n(given, given + count);
  const int32_t* size = ints(image, 3, "image");
  for (size_t i = 0; i < 3; i++) {
    if (size[i] < 1 || size[i] > kLargest) throw Napi::RangeError::New(env, "image: a size that cannot be");
  }
  elements({size[0], size[1], size[2]});
  values.push_back({size[0], size[1], size[2], false});
  if (count == 0 || count % kNumbersOfStep != 0) throw Napi::RangeError::New(env, "steps: not a whole number of steps");
  const size_t stepCount = count / kNumbersOfStep;
  if (!sources.IsArray() || sources.As<Napi::Array>().Length() != stepCount) {
    throw Napi::TypeError::New(env, "sources: expected an entry per step");
  }
  const float* each = floats(epsilons, stepCount, "epsilons");
  const std::vector<float> epsilonOf(each, each + stepCount);
  std::vector<bool> isRead(stepCount + 1, false);
  for (size_t i = 0; i < stepCount; i++) {
    StepReader reader(*this, env, i, &n[i * kNumbersOfStep]);
    TrainingStep step = reader.read(sources.As<Napi::Array>().Get(static_cast<uint32_t>(i)), epsilonOf[i]);
    const PlanValue value = reader.output(step);
    elements({value.height, value.width, value.channels});
    isRead[static_cast<size_t>(step.input)] = true;
    if (step.second >= 0) isRead[static_cast<size_t>(step.second)] = true;
    steps.push_back(std::move(step));
    values.push_back(value);
  }
  for (size_t i = 0; i < stepCount; i++) {
    if (!isRead[i]) throw Napi::RangeError::New(env, "value " + std::to_string(i) + " is read by no step");
  }
  if (!values.back().isVector) throw Napi::RangeError::New(env, "steps: the last one puts out a map, no logits");
}

}  // namespace modulab
