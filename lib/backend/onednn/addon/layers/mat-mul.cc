#include "layers/mat-mul.h"

#include <cstring>

#include "arguments.h"
#include "element-wise/activation.h"
#include "process/dnnl-versions.h"
#include "process/state.h"

namespace modulab {
namespace {

using dnnl::memory;

/** What mat-mul.ts puts into an Int32Array, in this order. */
struct Shape {
  /** Matrices in the result, in a and in b; the latter two are 1 where one matrix serves all. */
  int32_t batch, batchA, batchB;
  int32_t rows, inner, columns;
  int32_t transposeA, transposeB;

  static constexpr size_t kNumbers = 8;

  static Shape of(const Napi::Value& value) {
    Shape shape;
    static_assert(sizeof shape == kNumbers * sizeof(int32_t), "one number per field");
    std::memcpy(&shape, ints(value, kNumbers, "shape"), sizeof shape);
    const auto fits = [&shape](int32_t count) { return count == 1 || count == shape.batch; };
    if (shape.batch < 1 || shape.rows < 1 || shape.inner < 1 || shape.columns < 1 || !fits(shape.batchA) ||
        !fits(shape.batchB)) {
      throw Napi::RangeError::New(value.Env(), "shape: not that of a product of matrices");
    }
    return shape;
  }

  size_t sizeA() const { return elements({batchA, rows, inner}); }
  size_t sizeB() const { return elements({batchB, inner, columns}); }
  size_t sizeOut() const { return elements({batch, rows, columns}); }
};

memory::desc matrices(memory::dim batch, memory::dim rows, memory::dim columns, bool transposed) {
  const memory::dims steps = transposed ? memory::dims{rows * columns, 1, rows} : memory::dims{rows * columns, columns, 1};
  return {{batch, rows, columns}, memory::data_type::f32, steps};
}

std::unique_ptr<MatMulPlan> makePlan(State& state, const Shape& shape, Activation activation, float slope, bool withBias) {
  const auto a = matrices(shape.batchA, shape.rows, shape.inner, shape.transposeA != 0);
  const auto b = matrices(shape.batchB, shape.inner, shape.columns, shape.transposeB != 0);
  const auto out = matrices(shape.batch, shape.rows, shape.columns, false);
  const auto bias = withBias ? memory::desc({1, 1, shape.columns}, memory::data_type::f32, memory::format_tag::abc)
                             : memory::desc();
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops operations;
  appendActivation(operations, activation, slope);
  attributes.set_post_ops(operations);
  const auto description = describe<dnnl::matmul>(state.engine, attributes, a, b, bias, out);
  auto plan = std::make_unique<MatMulPlan>();
  plan->primitive = dnnl::matmul(description);
  plan->a = memory(a, state.engine, nullptr);
  plan->b = memory(b, state.engine, nullptr);
  plan->out = memory(out, state.engine, nullptr);
  plan->work = memory(description.scratchpad_desc(), state.engine, nullptr);
  if (withBias) plan->bias = memory(bias, state.engine, nullptr);
  return plan;
}

/** matMul(shape, a, b, bias | null, out, activation, slope): out = activation(a·b + bias), matrix by matrix. */
void matMul(const Napi::CallbackInfo& info) {
  State& state = State::of(info.Env());
  const Shape shape = Shape::of(info[0]);
  float* a = floats(info[1], shape.sizeA(), "a");
  float* b = floats(info[2], shape.sizeB(), "b");
  float* bias = floatsOrNull(info[3], shape.columns, "bias");
  float* out = floats(info[4], shape.sizeOut(), "out");
  const auto activation = activationOf(info[5]);
  const auto slope = static_cast<float>(number(info[6], "slope"));
  const auto fused = losesNaN(activation) ? Activation::linear : activation;
  Key key(Shape::kNumbers);
  std::memcpy(key.data(), &shape, sizeof shape);
  int32_t slopeBits;
  std::memcpy(&slopeBits, &slope, sizeof slopeBits);
  key.insert(key.end(), {int32_t(fused), slopeBits, bias != nullptr});
  MatMulPlan& plan =
      state.products.get(key, [&] { return makePlan(state, shape, fused, slope, bias != nullptr); });
  plan.a.set_data_handle(a);
  plan.b.set_data_handle(b);
  plan.out.set_data_handle(out);
  plan.work.set_data_handle(state.work.get(plan.work.get_desc().get_size()));
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, plan.a}, {DNNL_ARG_WEIGHTS, plan.b}, {DNNL_ARG_DST, plan.out}, {DNNL_ARG_SCRATCHPAD, plan.work}};
  if (bias != nullptr) {
    plan.bias.set_data_handle(bias);
    arguments.emplace(DNNL_ARG_BIAS, plan.bias);
  }
  plan.primitive.execute(state.stream, arguments);
  state.stream.wait();
  activateKeepingNaN(activation, out, shape.sizeOut());
}

}  // namespace

void exportMatMul(Napi::Env env, Napi::Object exports) { exports["matMul"] = Napi::Function::New(env, matMul); }

}  // namespace modulab
