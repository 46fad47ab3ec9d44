#include "memory/buffers.h"

#include <memory>
#include <mutex>
#include <unordered_map>

#include "arguments.h"
#include "memory/allocate.h"

namespace modulab {
namespace {

/** Memory behind a JavaScript buffer. `data` is null once release() has returned it. */
struct Block {
  void* data;
  size_t bytes;
};

/**
 * The blocks that are in use. Node tells that a buffer has gone only in a later turn of its event loop, which a synchronous
 * loop of training steps never reaches, so release() does not wait for that. Buffers may be passed between threads.
 */
std::mutex blocksMutex;
std::unordered_map<void*, Block*> blocks;

void finish(napi_env env, void*, void* hint) {
  Block* block = static_cast<Block*>(hint);
  int64_t result;
  napi_adjust_external_memory(env, -static_cast<int64_t>(block->bytes), &result);
  const std::lock_guard<std::mutex> lock(blocksMutex);
  if (block->data != nullptr) {
    blocks.erase(block->data);
    deallocate(block->data);
  }
  delete block;
}

/** allocate(bytes): an ArrayBuffer aligned to a cache line, its content undefined. */
Napi::Value allocateBuffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t bytes = size(info[0], "bytes");
  auto block = std::make_unique<Block>(Block{nullptr, bytes});
  block->data = allocate(bytes);
  {
    const std::lock_guard<std::mutex> lock(blocksMutex);
    blocks.emplace(block->data, block.get());
  }
  Napi::MemoryManagement::AdjustExternalMemory(env, static_cast<int64_t>(bytes));
  napi_value buffer;
  const napi_status status =
      napi_create_external_arraybuffer(env, block->data, bytes, finish, block.get(), &buffer);
  if (status == napi_ok) {
    block.release();
    return Napi::Value(env, buffer);
  }
  finish(env, nullptr, block.release());
  // A Node that keeps all buffers in its own heap.
  if (status == napi_no_external_buffers_allowed) return Napi::ArrayBuffer::New(env, bytes);
  throw Napi::Error::New(env, "an ArrayBuffer could not be made");
}

/** release(buffer): returns the memory of a buffer of allocate() now instead of at the next garbage collection. */
void releaseBuffer(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "buffer: expected an ArrayBuffer");
  void* data = info[0].As<Napi::ArrayBuffer>().Data();
  if (napi_detach_arraybuffer(info.Env(), info[0]) != napi_ok) {
    throw Napi::Error::New(info.Env(), "buffer: cannot be taken away");
  }
  const std::lock_guard<std::mutex> lock(blocksMutex);
  const auto found = blocks.find(data);
  if (found == blocks.end()) return;
  deallocate(data);
  found->second->data = nullptr;
  blocks.erase(found);
}

}  // namespace

void exportBuffers(Napi::Env env, Napi::Object exports) {
  exports["allocate"] = Napi::Function::New(env, allocateBuffer);
  exports["release"] = Napi::Function::New(env, releaseBuffer);
}

}  // namespace modulab
