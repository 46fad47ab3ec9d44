#include "rearranging/gather.h"

#include <cstring>
#include <string>
#include <vector>

#include "arguments.h"
#include "process/threads.h"

namespace modulab {
namespace {

/** gatherRows(length, indices, x, out): out[i] = x[indices[i]] for rows of `length` elements. */
void gatherRows(const Napi::CallbackInfo& info) {
  const size_t length = size(info[0], "length"), count = elementCount(info[1], "indices");
  const int32_t* indices = ints(info[1], count, "indices");
  const size_t elements = elementCount(info[2], "x"), results = elementCount(info[3], "out");
  if (length == 0 || elements % length != 0) throw Napi::RangeError::New(info.Env(), "x: expected whole rows");
  if (results % length != 0 || results / length != count) {
    throw Napi::RangeError::New(info.Env(), "out: expected a row for each index");
  }
  const size_t rows = elements / length;
  // A copy, which stays as it is checked here where the indices' memory is shared with the result or another thread.
  std::vector<size_t> starts(count);
  for (size_t i = 0; i < count; i++) {
    const int32_t row = indices[i];
    if (row < 0 || static_cast<size_t>(row) >= rows) {
      throw Napi::RangeError::New(info.Env(), "indices: " + std::to_string(row) + " is not a row");
    }
    starts[i] = static_cast<size_t>(row) * length;
  }
  const uint32_t* x = words(info[2], elements, "x");
  uint32_t* out = words(info[3], results, "out");
  parallel(count, 1, results, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) std::memcpy(out + i * length, x + starts[i], length * sizeof *out);
  });
}

}  // namespace

void exportGather(Napi::Env env, Napi::Object exports) { exports["gatherRows"] = Napi::Function::New(env, gatherRows); }

}  // namespace modulab
