#include "layers/softmax.h"

#include <limits>

#include "arguments.h"
#include "process/threads.h"
#include "simd/vector-math.h"

namespace modulab {
namespace {

void softmaxOfRow(const float* __restrict x, size_t count, float* __restrict out) {
  float largest = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < count; i++) largest = (x[i] > largest) | (x[i] != x[i]) ? x[i] : largest;
  for (size_t i = 0; i < count; i++) out[i] = exponential(x[i] - largest);
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += out[i];
  const float total = static_cast<float>(sum);
  for (size_t i = 0; i < count; i++) out[i] = out[i] / total;
}

/** softmax(columns, x, out): of each row of x [rows, columns]. */
void softmax(const Napi::CallbackInfo& info) {
  const size_t columns = size(info[0], "columns"), count = elementCount(info[2], "out");
  if (columns == 0 || count % columns != 0) throw Napi::RangeError::New(info.Env(), "columns: do not divide out");
  const float* x = floats(info[1], count, "x");
  float* out = floats(info[2], count, "out");
  parallel(count / columns, 1, count * 4, [=](size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++) softmaxOfRow(x + row * columns, columns, out + row * columns);
  });
}

}  // namespace

void exportSoftmax(Napi::Env env, Napi::Object exports) { exports["softmax"] = Napi::Function::New(env, softmax); }

}  // namespace modulab
