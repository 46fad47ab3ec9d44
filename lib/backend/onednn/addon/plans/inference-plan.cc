#include "plans/inference-plan.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <list>
#include <memory>

#include "arguments.h"
#include "image-block/block-plan.h"
#include "plans/plan-handle.h"
#include "plans/plan-kernels.h"
#include "plans/prepared-plan.h"
#include "process/threads.h"

namespace modulab {
namespace {

/** What a step reads and writes of images that are computed together may take so many bytes. */
constexpr int64_t kStepBytes = int64_t{1} << 26;
/**
 * More images at a time bring nothing, fewer read the weights too often. Below 16 oneDNN computes some steps in another way,
 * which changes last bits.
 */
constexpr int64_t kMostImages = 32, kFewestImages = 16;
/** Numbers of images that a plan is ready for at once. */
constexpr size_t kPrepared = 8;

/** Primitives made while it lives are for so many threads. */
class ThreadsInside {
 public:
  explicit ThreadsInside(int threads) : before_(threadCount()) { set(threads); }
  ~ThreadsInside() { set(before_); }
  ThreadsInside(const ThreadsInside&) = delete;
  ThreadsInside& operator=(const ThreadsInside&) = delete;

 private:
  static void set([[maybe_unused]] int threads) {
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
  }
  int before_;
};

class InferencePlan {
 public:
  InferencePlan(const Napi::CallbackInfo& info)
      : program_(info[0], info[1], info[2], info[3]) {
    program_.isBfloat16 = info[4].ToBoolean();
    program_.isBrief = info[5].ToBoolean();
    const Napi::Array arrays = info[2].As<Napi::Array>();
    for (uint32_t i = 0; i < arrays.Length(); i++) {
      const Napi::Value array = arrays.Get(i);
      weightArrays_.push_back(array.IsObject() ? Napi::Persistent(array.As<Napi::Object>()) : Napi::ObjectReference());
    }
    int64_t most = 1;
    for (const PlanStep& step : program_.steps) {
      const ConvolutionShape& s = step.shape;
      most = std::max<int64_t>(most, static_cast<int64_t>(s.sourceSize() + s.targetSize()) * (program_.isBfloat16 ? 2 : 4));
    }
    most_ = std::min(kMostImages, std::max<int64_t>(1, kStepBytes / most));
  }

  bool run(const Napi::CallbackInfo& info) {
    const auto batch = static_cast<int64_t>(size(info[1], "batch"));
    if (batch < 1 || batch > (1 << 24)) throw Napi::RangeError::New(info.Env(), "batch: a size that cannot be");
    const auto imageSize = static_cast<size_t>(program_.values[0].size());
    const float* images = floats(info[2], times(imageSize, batch), "x");
    if (!info[3].IsArray() || info[3].As<Napi::Array>().Length() != program_.outputs.size()) {
      throw Napi::TypeError::New(info.Env(), "outputs: expected an array for each");
    }
    std::vector<float*> outputs;
    std::vector<size_t> sizes;
    for (uint32_t i = 0; i < program_.outputs.size(); i++) {
      sizes.push_back(static_cast<size_t>(program_.values[static_cast<size_t>(program_.outputs[i])].size()));
      outputs.push_back(floats(info[3].As<Napi::Array>().Get(i), times(sizes[i], batch), "output"));
    }
    if (!program_.hasModestWeights()) return false;
    return compute(State::of(info.Env()), batch, images, imageSize, outputs, sizes);
  }

  size_t bytes() const { return weights_.bytes() + (blocks_ ? blocks_->bytes() : 0); }

 private:
  struct Ready {
    int64_t images;
    int threads;
    uint64_t generation;
    std::unique_ptr<PreparedPlan> plan;
  };

  PreparedPlan& prepared(State& state, int64_t images, int threads) {
    ready_.remove_if([&](const Ready& each) { return each.generation != state.generation; });
    for (auto each = ready_.begin(); each != ready_.end(); ++each) {
      if (each->images != images || each->threads != threads) continue;
      ready_.splice(ready_.begin(), ready_, each);
      return *each->plan;
    }
    const ThreadsInside limit(threads);
    ready_.push_front({images, threads, state.generation,
                       std::make_unique<PreparedPlan>(state, program_, weights_, givenWeights(), images)});
    if (ready_.size() > kPrepared) ready_.pop_back();
    return *ready_.front().plan;
  }

  GivenWeights givenWeights() const {
    GivenWeights given;
    for (size_t i = 0; i < weightArrays_.size(); i++) given.push_back(weightData(i));
    return given;
  }

  /** Where an array of weights lies now, of the length that it had. */
  const float* weightData(size_t i) const {
    const PlanStep& step = program_.steps[i / 2];
    const bool isKernel = i % 2 == 0;
    if (step.kind != PlanKind::convolution && step.kind != PlanKind::dense) return nullptr;
    const auto outputs = static_cast<size_t>(step.shape.outChannels);
    if (!isKernel) return step.hasBias ? floats(weightArrays_[i].Value(), outputs, "bias") : nullptr;
    const auto inputs = static_cast<size_t>(program_.values[static_cast<size_t>(step.input)].size());
    const size_t count = step.kind == PlanKind::dense ? inputs * outputs : step.shape.filterSize();
    return floats(weightArrays_[i].Value(), count, "kernel");
  }

  /**
   * How many parts of about the same size a batch is run in: as many for every thread where that can be, and with 16 images
   * or more where there are so many, so that scores do not depend on the number of threads.
   */
  int64_t partsOf(int64_t batch, int64_t threads) const {
    const int64_t fewest = std::min(kFewestImages, most_);
    if (batch < fewest) return std::min(batch, threads);
    const int64_t least = (batch + most_ - 1) / most_, even = (least + threads - 1) / threads * threads;
    return std::max(least, std::min(even, batch / fewest));
  }

  /** What one thread computes of a part of the batch. */
  using RunPart = std::function<bool(size_t worker, const float* images, int64_t count, const std::vector<float*>& outputs,
                                     bool checked)>;

  bool compute(State& state, int64_t batch, const float* images, size_t imageSize, const std::vector<float*>& outputs,
               const std::vector<size_t>& sizes) {
    const int threads = threadCount();
    if (BlockPlan::suits(program_, batch)) {
      if (!blocks_) blocks_ = std::make_unique<BlockPlan>(program_, givenWeights());
      const int64_t blocks = (batch + kBlockImages - 1) / kBlockImages, least = (blocks + kJointBlocks - 1) / kJointBlocks;
      const int64_t parts = std::max(least, std::min((least + threads - 1) / threads * threads, blocks));
      const int workers = static_cast<int>(std::min<int64_t>(threads, parts));
      const std::vector<char*> arenas = arenasOf(state, workers, blocks_->arenaBytes());
      return runParts(workers, parts, [=](int64_t i) { return i * blocks / parts * kBlockImages; }, batch, images, imageSize, outputs, sizes,
                      [&](size_t worker, const float* some, int64_t count, const std::vector<float*>& to, bool checked) {
                        return blocks_->run(arenas[worker], some, count, to, checked);
                      });
    }
    // Every thread computes other images from the first step to the last; fewer images than threads are divided within steps.
    const int inside = batch >= threads ? 1 : threads;
    const int64_t parts = inside > 1 ? 1 : partsOf(batch, threads);
    // The first parts have one image more than the others.
    const int64_t few = batch / parts, longer = batch % parts;
    PreparedPlan& small = prepared(state, few, inside);
    PreparedPlan& large = longer == 0 ? small : prepared(state, few + 1, inside);
    const int workers = inside > 1 ? 1 : static_cast<int>(std::min<int64_t>(threads, parts));
    small.provideContexts(state, static_cast<size_t>(workers));
    large.provideContexts(state, static_cast<size_t>(workers));
    const std::vector<char*> arenas = arenasOf(state, workers, std::max(small.arenaBytes(), large.arenaBytes()));
    const ThreadsInside limit(workers > 1 ? threads : inside);
    return runParts(workers, parts, [=](int64_t i) { return i * few + std::min(i, longer); }, batch, images, imageSize, outputs,
                    sizes, [&](size_t worker, const float* some, int64_t count, const std::vector<float*>& to, bool checked) {
                      return (count == few ? small : large).run(worker, arenas[worker], some, to, checked);
                    });
  }

  std::vector<char*> arenasOf(State& state, int workers, size_t bytes) {
    while (state.arenas.size() < static_cast<size_t>(workers)) state.arenas.emplace_back();
    std::vector<char*> arenas;
    auto arena = state.arenas.begin();
    for (int i = 0; i < workers; i++, ++arena) arenas.push_back(static_cast<char*>(arena->get(bytes)));
    return arenas;
  }

  /** Runs parts of the batch, the i-th from firstOf(i) on, on so many threads. */
  template <class First>
  bool runParts(int workers, int64_t parts, const First& firstOf, int64_t batch, const float* images, size_t imageSize,
                const std::vector<float*>& outputs, const std::vector<size_t>& sizes, const RunPart& runPart) {
    std::atomic<int64_t> next{0};
    std::atomic<bool> good{true};
    std::exception_ptr failure;
    const auto work = [&](size_t worker) {
      try {
        for (int64_t i = next++; i < parts && good; i = next++) {
          const int64_t first = firstOf(i), count = (i + 1 < parts ? firstOf(i + 1) : batch) - first;
          const float* some = images + static_cast<size_t>(first) * imageSize;
          std::vector<float*> to;
          for (size_t o = 0; o < outputs.size(); o++) to.push_back(outputs[o] + static_cast<size_t>(first) * sizes[o]);
          const bool checked = !program_.staysFinite(largestOf(some, static_cast<size_t>(count) * imageSize));
          if (checked && !areModest(false, static_cast<size_t>(count) * imageSize, some)) good = false;
          else if (!runPart(worker, some, count, to, checked)) good = false;
        }
      } catch (...) {
        good = false;
#ifdef _OPENMP
#pragma omp critical(modulab_plan_failure)
#endif
        failure = std::current_exception();
      }
    };
#ifdef _OPENMP
    if (workers > 1) {
#pragma omp parallel num_threads(workers)
      work(static_cast<size_t>(omp_get_thread_num()));
    } else {
      work(0);
    }
#else
    work(0);
#endif
    if (failure) std::rethrow_exception(failure);
    return good;
  }

  PlanProgram program_;
  /** Images that are computed together, at most. */
  int64_t most_;
  std::vector<Napi::ObjectReference> weightArrays_;
  PlanWeights weights_;
  std::list<Ready> ready_;
  /** Made when first wanted. */
  std::unique_ptr<BlockPlan> blocks_;
};

constexpr napi_type_tag kTag = {0x8f1c6d0b7a5e4c21, 0xb3d94e60f7281a5d};

PlanHandle<InferencePlan>& handleOf(const Napi::Value& value) {
  return PlanHandle<InferencePlan>::of(value, kTag, "createInferencePlan");
}

/** createInferencePlan(steps, image, weights, outputs, isBfloat16, isBrief): what runInferencePlan runs; see plan-program.h. */
Napi::Value create(const Napi::CallbackInfo& info) {
  return PlanHandle<InferencePlan>::create(info.Env(), kTag, std::make_unique<InferencePlan>(info));
}

/**
 * runInferencePlan(plan, batch, x, outputs): whether it could be computed; false where weights, images or values are not
 * finite or near overflow, which is for operations that keep NaN.
 */
Napi::Value run(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), handleOf(info[0]).plan(info.Env()).run(info));
}

/** releaseInferencePlan(plan): frees what it holds. */
void release(const Napi::CallbackInfo& info) { handleOf(info[0]).release(); }

/** inferencePlanBytes(plan): bytes of its reordered weights. */
Napi::Value bytesOfPlan(const Napi::CallbackInfo& info) {
  const InferencePlan* plan = handleOf(info[0]).planOrNull();
  return Napi::Number::New(info.Env(), plan != nullptr ? static_cast<double>(plan->bytes()) : 0);
}

/** computesBfloat16(): whether the processor multiplies bfloat16 numbers, and oneDNN uses that. */
Napi::Value computesBfloat16(const Napi::CallbackInfo& info) {
  constexpr unsigned kWithBfloat16 = dnnl_cpu_isa_avx512_core_bf16;
  return Napi::Boolean::New(info.Env(), (dnnl_get_effective_cpu_isa() & kWithBfloat16) == kWithBfloat16);
}

}  // namespace

void exportInferencePlan(Napi::Env env, Napi::Object exports) {
  exports["createInferencePlan"] = Napi::Function::New(env, create);
  exports["runInferencePlan"] = Napi::Function::New(env, run);
  exports["releaseInferencePlan"] = Napi::Function::New(env, release);
  exports["inferencePlanBytes"] = Napi::Function::New(env, bytesOfPlan);
  exports["computesBfloat16"] = Napi::Function::New(env, computesBfloat16);
}

}  // namespace modulab
