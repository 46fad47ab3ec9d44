#include "buffers.h"

#include "allocate.h"
#include "arguments.h"

namespace modulab {
namespace {

/** allocate(bytes): an ArrayBuffer aligned to a cache line, its content undefined. */
Napi::Value allocateBuffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t bytes = size(info[0], "bytes");
  void* data = allocate(bytes);
  Napi::MemoryManagement::AdjustExternalMemory(env, static_cast<int64_t>(bytes));
  napi_value buffer;
  const napi_status status = napi_create_external_arraybuffer(
      env, data, bytes,
      [](napi_env finalizerEnv, void* memory, void* hint) {
        deallocate(memory);
        int64_t result;
        napi_adjust_external_memory(finalizerEnv, -static_cast<int64_t>(reinterpret_cast<size_t>(hint)), &result);
      },
      reinterpret_cast<void*>(bytes), &buffer);
  if (status == napi_ok) return Napi::Value(env, buffer);
  deallocate(data);
  Napi::MemoryManagement::AdjustExternalMemory(env, -static_cast<int64_t>(bytes));
  // A Node that keeps all buffers in its own heap.
  if (status == napi_no_external_buffers_allowed) return Napi::ArrayBuffer::New(env, bytes);
  throw Napi::Error::New(env, "an ArrayBuffer could not be made");
}

/** release(buffer): returns the memory of a buffer of allocate() now instead of at the next garbage collection. */
void releaseBuffer(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "buffer: expected an ArrayBuffer");
  napi_detach_arraybuffer(info.Env(), info[0]);
}

}  // namespace

void exportBuffers(Napi::Env env, Napi::Object exports) {
  exports["allocate"] = Napi::Function::New(env, allocateBuffer);
  exports["release"] = Napi::Function::New(env, releaseBuffer);
}

}  // namespace modulab
