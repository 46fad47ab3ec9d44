#pragma once
#include <napi.h>

#include <memory>
#include <string>
#include <utility>

namespace modulab {

/** What JavaScript holds of a plan; the plan may be released before this goes. */
template <class Plan>
class PlanHandle {
 public:
  /** @param tag tells plans of one kind from everything else; it must live as long as the process */
  static Napi::Value create(Napi::Env env, const napi_type_tag& tag, std::unique_ptr<Plan> plan) {
    auto handle = std::make_unique<PlanHandle>();
    handle->plan_ = std::move(plan);
    auto external = Napi::External<PlanHandle>::New(env, handle.get(), [](Napi::Env, PlanHandle* gone) { delete gone; });
    handle.release();
    external.TypeTag(&tag);
    return external;
  }

  /** @throws Napi::TypeError for anything else; `maker` is the function that gives such handles */
  static PlanHandle& of(const Napi::Value& value, const napi_type_tag& tag, const char* maker) {
    if (!value.IsExternal() || !value.As<Napi::External<PlanHandle>>().CheckTypeTag(&tag)) {
      throw Napi::TypeError::New(value.Env(), std::string("plan: expected what ") + maker + " gives");
    }
    return *value.As<Napi::External<PlanHandle>>().Data();
  }

  /** @throws Napi::Error when it has been released */
  Plan& plan(Napi::Env env) const {
    if (!plan_) throw Napi::Error::New(env, "plan: it has been released");
    return *plan_;
  }
  const Plan* planOrNull() const { return plan_.get(); }
  void release() { plan_.reset(); }

 private:
  std::unique_ptr<Plan> plan_;
};

}  // namespace modulab
