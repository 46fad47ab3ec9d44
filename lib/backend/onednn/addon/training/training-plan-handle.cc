#include "training/training-plan-handle.h"

#include <memory>

#include "arguments.h"
#include "plans/plan-handle.h"
#include "training/training-plan.h"

namespace modulab {
namespace {

constexpr napi_type_tag kTag = {0x2d7b90c4e1f3485a, 0x9a5c7e1d3b6f8042};

PlanHandle<TrainingPlan>& handleOf(const Napi::Value& value) {
  return PlanHandle<TrainingPlan>::of(value, kTag, "createTrainingPlan");
}

/** createTrainingPlan(steps, image, sources, epsilons): what runTrainingPlan runs; see training-program.h. */
Napi::Value create(const Napi::CallbackInfo& info) {
  return PlanHandle<TrainingPlan>::create(
      info.Env(), kTag, std::make_unique<TrainingPlan>(TrainingProgram(info[0], info[1], info[2], info[3])));
}

/** The entries of an array. Reading them may run code, so that none of their memory is looked at before all are there. */
std::vector<Napi::Value> entries(const Napi::Value& value, size_t count, const char* name) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != count) {
    throw Napi::TypeError::New(value.Env(), std::string(name) + ": expected " + std::to_string(count) + " entries");
  }
  std::vector<Napi::Value> all;
  for (uint32_t i = 0; i < count; i++) all.push_back(value.As<Napi::Array>().Get(i));
  return all;
}

/**
 * runTrainingPlan(plan, batch, x, labels, weights, gradients, moments, masks): [loss, hits]. Weights, gradients and moments
 * have two entries per step, masks one; null where a step has no such thing.
 */
Napi::Value run(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const PlanHandle<TrainingPlan>& handle = handleOf(info[0]);
  const size_t steps = handle.plan(env).program().steps.size();
  const std::vector<Napi::Value> weights = entries(info[4], 2 * steps, "weights"),
                                 gradients = entries(info[5], 2 * steps, "gradients"),
                                 moments = entries(info[6], 2 * steps, "moments"), masks = entries(info[7], steps, "masks");
  // That code may have released it.
  TrainingPlan& plan = handle.plan(env);
  const TrainingProgram& program = plan.program();
  TrainingBatch batch;
  batch.images = static_cast<int64_t>(size(info[1], "batch"));
  if (batch.images < 1 || batch.images > (1 << 20)) throw Napi::RangeError::New(env, "batch: a size that cannot be");
  batch.x = floats(info[2], times(static_cast<size_t>(program.values[0].size()), batch.images), "x");
  batch.labels = ints(info[3], static_cast<size_t>(batch.images), "labels");
  for (size_t i = 0; i < steps; i++) {
    const TrainingStep& step = program.steps[i];
    for (size_t which = 0; which < 2; which++) {
      const size_t at = 2 * i + which, count = step.weightSize(which);
      const bool isNorm = step.kind == TrainingKind::batchNorm;
      batch.weights.push_back(step.has[which] ? floats(weights[at], count, "weight") : nullptr);
      batch.gradients.push_back(step.trains[which] ? floats(gradients[at], count, "gradient") : nullptr);
      batch.moments.push_back(isNorm ? floats(moments[at], static_cast<size_t>(step.shape.outChannels), "moments") : nullptr);
    }
    const bool isMask = step.kind == TrainingKind::mask;
    batch.masks.push_back(
        isMask ? floats(masks[i], times(static_cast<size_t>(program.values[i + 1].size()), batch.images), "mask") : nullptr);
  }
  const TrainingLoss loss = plan.run(batch);
  Napi::Array result = Napi::Array::New(env, 2);
  result.Set(uint32_t{0}, Napi::Number::New(env, loss.loss));
  result.Set(uint32_t{1}, Napi::Number::New(env, static_cast<double>(loss.hits)));
  return result;
}

/** releaseTrainingPlan(plan): frees what it holds. */
void release(const Napi::CallbackInfo& info) { handleOf(info[0]).release(); }

}  // namespace

void exportTrainingPlan(Napi::Env env, Napi::Object exports) {
  exports["createTrainingPlan"] = Napi::Function::New(env, create);
  exports["runTrainingPlan"] = Napi::Function::New(env, run);
  exports["releaseTrainingPlan"] = Napi::Function::New(env, release);
}

}  // namespace modulab
