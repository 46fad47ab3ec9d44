#include "element-wise/binary.h"

#include <string>
#include <vector>

#include "arguments.h"
#include "element-wise/broadcast.h"

namespace modulab {

Broadcast Broadcast::of(const Napi::Value& value) {
  const size_t numbers = elementCount(value, "dimensions"), rank = numbers / 3;
  const int32_t* given = ints(value, numbers, "dimensions");
  if (numbers % 3 != 0 || rank == 0 || rank > kMaxRank) {
    throw Napi::RangeError::New(value.Env(), "dimensions: " + std::to_string(numbers) + " numbers");
  }
  Broadcast result;
  for (size_t d = 0; d < rank; d++) {
    if (given[3 * d] < 1) throw Napi::RangeError::New(value.Env(), "dimensions: sizes have to be positive");
    if (given[3 * d + 1] == 0 && given[3 * d + 2] == 0 && given[3 * d] > 1) {
      throw Napi::RangeError::New(value.Env(), "dimensions: one along which neither tensor varies");
    }
  }
  for (size_t d = rank; d-- > 0;) {
    const size_t size = static_cast<size_t>(given[3 * d]);
    result.dims.sizes[d] = size;
    result.dims.steps[d] = {given[3 * d + 1] != 0 ? static_cast<ptrdiff_t>(result.sizeA) : 0,
                            given[3 * d + 2] != 0 ? static_cast<ptrdiff_t>(result.sizeB) : 0};
    result.size = times(result.size, given[3 * d]);
    if (given[3 * d + 1] != 0) result.sizeA *= size;
    if (given[3 * d + 2] != 0) result.sizeB *= size;
  }
  result.dims.rank = rank;
  return result;
}

namespace {

struct Add {
  float operator()(float a, float b) const { return a + b; }
};
struct Sub {
  float operator()(float a, float b) const { return a - b; }
};
struct Multiply {
  float operator()(float a, float b) const { return a * b; }
};
struct RealDiv {
  float operator()(float a, float b) const { return a / b; }
};
struct Maximum {
  float operator()(float a, float b) const { return (a > b) | (a != a) ? a : b; }
};
struct Minimum {
  float operator()(float a, float b) const { return (a < b) | (a != a) ? a : b; }
};
struct SquaredDifference {
  float operator()(float a, float b) const { return (a - b) * (a - b); }
};
struct Prelu {
  float operator()(float x, float slope) const { return x < 0 ? slope * x : x; }
};
struct EluGrad {
  float operator()(float dy, float y) const { return y >= 0 ? dy : dy * (y + 1); }
};

struct Greater {
  uint8_t operator()(float a, float b) const { return a > b; }
};
struct GreaterEqual {
  uint8_t operator()(float a, float b) const { return a >= b; }
};
struct Less {
  uint8_t operator()(float a, float b) const { return a < b; }
};
struct LessEqual {
  uint8_t operator()(float a, float b) const { return a <= b; }
};
struct Equal {
  uint8_t operator()(float a, float b) const { return a == b; }
};
struct NotEqual {
  uint8_t operator()(float a, float b) const { return a != b; }
};

float* output(const Napi::Value& value, size_t count, float*) { return floats(value, count, "out"); }
uint8_t* output(const Napi::Value& value, size_t count, uint8_t*) { return bytes(value, count, "out"); }

/** (dimensions, a, b, out): see Broadcast. */
template <class Operation, class Out>
void compute(const Napi::CallbackInfo& info) {
  const Broadcast broadcast = Broadcast::of(info[0]);
  const float* a = floats(info[1], broadcast.sizeA, "a");
  const float* b = floats(info[2], broadcast.sizeB, "b");
  Out* out = output(info[3], broadcast.size, static_cast<Out*>(nullptr));
  BroadcastLoop<Operation, Out>(broadcast, a, b, out).run(broadcast.size);
}

/** addN(inputs, out): the sum of an array of Float32Arrays, added in their order. */
void addN(const Napi::CallbackInfo& info) {
  constexpr size_t kPiece = 4096;
  if (!info[0].IsArray()) throw Napi::TypeError::New(info.Env(), "inputs: expected an array");
  const Napi::Array given = info[0].As<Napi::Array>();
  // Getters of the array may run code, which could take memory away: no pointer is read before the last of them.
  std::vector<Napi::Value> values;
  for (uint32_t k = 0; k < given.Length(); k++) values.push_back(given.Get(k));
  if (values.empty()) throw Napi::RangeError::New(info.Env(), "inputs: none");
  const size_t size = elementCount(info[1], "out");
  float* out = floats(info[1], size, "out");
  std::vector<const float*> inputs;
  for (const Napi::Value& value : values) inputs.push_back(floats(value, size, "inputs"));
  parallel(size, 64, size * inputs.size(), [&](size_t begin, size_t end) {
    for (size_t from = begin; from < end; from += kPiece) {
      const size_t count = std::min(kPiece, end - from);
      float* __restrict sum = out + from;
      std::memcpy(sum, inputs[0] + from, count * sizeof(float));
      for (size_t k = 1; k < inputs.size(); k++) {
        const float* x = inputs[k] + from;
        for (size_t i = 0; i < count; i++) sum[i] += x[i];
      }
    }
  });
}

}  // namespace

void exportBinary(Napi::Env env, Napi::Object exports) {
  Napi::Object binary = Napi::Object::New(env), compare = Napi::Object::New(env);
  binary["Add"] = Napi::Function::New(env, compute<Add, float>);
  binary["Sub"] = Napi::Function::New(env, compute<Sub, float>);
  binary["Multiply"] = Napi::Function::New(env, compute<Multiply, float>);
  binary["RealDiv"] = Napi::Function::New(env, compute<RealDiv, float>);
  binary["Maximum"] = Napi::Function::New(env, compute<Maximum, float>);
  binary["Minimum"] = Napi::Function::New(env, compute<Minimum, float>);
  binary["SquaredDifference"] = Napi::Function::New(env, compute<SquaredDifference, float>);
  binary["Prelu"] = Napi::Function::New(env, compute<Prelu, float>);
  binary["EluGrad"] = Napi::Function::New(env, compute<EluGrad, float>);
  compare["Greater"] = Napi::Function::New(env, compute<Greater, uint8_t>);
  compare["GreaterEqual"] = Napi::Function::New(env, compute<GreaterEqual, uint8_t>);
  compare["Less"] = Napi::Function::New(env, compute<Less, uint8_t>);
  compare["LessEqual"] = Napi::Function::New(env, compute<LessEqual, uint8_t>);
  compare["Equal"] = Napi::Function::New(env, compute<Equal, uint8_t>);
  compare["NotEqual"] = Napi::Function::New(env, compute<NotEqual, uint8_t>);
  exports["binary"] = binary;
  exports["compare"] = compare;
  exports["addN"] = Napi::Function::New(env, addN);
}

}  // namespace modulab
