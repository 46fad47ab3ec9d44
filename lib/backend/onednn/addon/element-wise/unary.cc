#include "element-wise/unary.h"

#include "arguments.h"
#include "process/threads.h"
#include "simd/vector-math.h"

namespace modulab {
namespace {

/** Numbers that a function takes besides the element; what they mean is said beside the function. */
struct Parameters {
  float first, second;
};

float relu(float x, Parameters) { return x < 0 ? 0 : x; }
float relu6(float x, Parameters) { return x < 0 ? 0 : x > 6 ? 6 : x; }
/** first: slope below 0. */
float leakyRelu(float x, Parameters p) { return x < 0 ? p.first * x : x; }
float elu(float x, Parameters) { return x >= 0 ? x : exponentialMinusOne(x); }
float sigmoid(float x, Parameters) { return 1.0f / (1.0f + exponential(-x)); }
float tanh(float x, Parameters) { return hyperbolicTangent(x); }
float softplus(float x, Parameters) { return x > 14.0f ? x : logarithmOfOnePlus(exponential(x)); }
float exp(float x, Parameters) { return exponential(x); }
float log(float x, Parameters) { return naturalLogarithm(x); }
float sqrt(float x, Parameters) { return std::sqrt(x); }
float rsqrt(float x, Parameters) { return 1.0f / std::sqrt(x); }
float square(float x, Parameters) { return x * x; }
float abs(float x, Parameters) { return std::fabs(x); }
float neg(float x, Parameters) { return -x; }
float reciprocal(float x, Parameters) { return 1.0f / x; }
/** first: value up to 0. */
float step(float x, Parameters p) { return x > 0 ? 1.0f : x <= 0 ? p.first : x; }
/** first, second: bounds. */
float clip(float x, Parameters p) { return x > p.second ? p.second : x < p.first ? p.first : x; }
float floor(float x, Parameters) { return std::floor(x); }
float ceil(float x, Parameters) { return std::ceil(x); }
/** Halves to the even neighbour. */
float round(float x, Parameters) { return std::nearbyint(x); }
/** 0 for NaN. */
float sign(float x, Parameters) { return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f; }

/** (x, out, first, second). */
template <float (*operation)(float, Parameters)>
void compute(const Napi::CallbackInfo& info) {
  const size_t size = elementCount(info[1], "out");
  const float* x = floats(info[0], size, "x");
  float* out = floats(info[1], size, "out");
  const Parameters parameters{static_cast<float>(number(info[2], "first")),
                              static_cast<float>(number(info[3], "second"))};
  parallel(size, 64, size, [=](size_t begin, size_t end) {
    const float* from = x;
    float* __restrict to = out;
    for (size_t i = begin; i < end; i++) to[i] = operation(from[i], parameters);
  });
}

}  // namespace

void exportUnary(Napi::Env env, Napi::Object exports) {
  Napi::Object unary = Napi::Object::New(env);
  unary["Relu"] = Napi::Function::New(env, compute<relu>);
  unary["Relu6"] = Napi::Function::New(env, compute<relu6>);
  unary["LeakyRelu"] = Napi::Function::New(env, compute<leakyRelu>);
  unary["Elu"] = Napi::Function::New(env, compute<elu>);
  unary["Sigmoid"] = Napi::Function::New(env, compute<sigmoid>);
  unary["Tanh"] = Napi::Function::New(env, compute<tanh>);
  unary["Softplus"] = Napi::Function::New(env, compute<softplus>);
  unary["Exp"] = Napi::Function::New(env, compute<exp>);
  unary["Log"] = Napi::Function::New(env, compute<log>);
  unary["Sqrt"] = Napi::Function::New(env, compute<sqrt>);
  unary["Rsqrt"] = Napi::Function::New(env, compute<rsqrt>);
  unary["Square"] = Napi::Function::New(env, compute<square>);
  unary["Abs"] = Napi::Function::New(env, compute<abs>);
  unary["Neg"] = Napi::Function::New(env, compute<neg>);
  unary["Reciprocal"] = Napi::Function::New(env, compute<reciprocal>);
  unary["Step"] = Napi::Function::New(env, compute<step>);
  unary["ClipByValue"] = Napi::Function::New(env, compute<clip>);
  unary["Floor"] = Napi::Function::New(env, compute<floor>);
  unary["Ceil"] = Napi::Function::New(env, compute<ceil>);
  unary["Round"] = Napi::Function::New(env, compute<round>);
  unary["Sign"] = Napi::Function::New(env, compute<sign>);
  exports["unary"] = unary;
}

}  // namespace modulab
