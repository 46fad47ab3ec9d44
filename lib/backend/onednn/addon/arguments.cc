#include "arguments.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace modulab {
namespace {

[[noreturn]] void fail(const Napi::Value& value, const std::string& message) {
  throw Napi::TypeError::New(value.Env(), message);
}

template <class Array>
auto* typedElements(const Napi::Value& value, size_t count, const char* name, napi_typedarray_type type, const char* kind) {
  const bool fits = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
  if (!fits) fail(value, std::string(name) + ": expected a " + kind);
  Array array = value.As<Array>();
  if (array.ElementLength() != count) {
    fail(value, std::string(name) + ": expected " + std::to_string(count) + " elements, got " +
                    std::to_string(array.ElementLength()));
  }
  return array.Data();
}

}  // namespace

float* floats(const Napi::Value& value, size_t count, const char* name) {
  return typedElements<Napi::Float32Array>(value, count, name, napi_float32_array, "Float32Array");
}

float* floatsOrNull(const Napi::Value& value, size_t count, const char* name) {
  return value.IsUndefined() || value.IsNull() ? nullptr : floats(value, count, name);
}

const int32_t* ints(const Napi::Value& value, size_t count, const char* name) {
  return typedElements<Napi::Int32Array>(value, count, name, napi_int32_array, "Int32Array");
}

uint8_t* bytes(const Napi::Value& value, size_t count, const char* name) {
  return typedElements<Napi::Uint8Array>(value, count, name, napi_uint8_array, "Uint8Array");
}

uint32_t* words(const Napi::Value& value, size_t count, const char* name) {
  const bool integers = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
  if (!integers) return reinterpret_cast<uint32_t*>(floats(value, count, name));
  return reinterpret_cast<uint32_t*>(
      typedElements<Napi::Int32Array>(value, count, name, napi_int32_array, "Int32Array or Float32Array"));
}

size_t elementCount(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray()) fail(value, std::string(name) + ": expected a typed array");
  return value.As<Napi::TypedArray>().ElementLength();
}

double number(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) fail(value, std::string(name) + ": expected a number");
  return value.As<Napi::Number>().DoubleValue();
}

size_t elements(std::initializer_list<int64_t> shape) {
  size_t product = 1;
  for (const int64_t count : shape) product = times(product, count);
  return product;
}

size_t times(size_t product, int64_t count) {
  constexpr size_t kMost = size_t{1} << 40;
  if (count < 0 || (count > 0 && product > kMost / static_cast<size_t>(count))) {
    throw std::length_error("shape: no tensor in memory has so many elements");
  }
  return product * static_cast<size_t>(count);
}

size_t size(const Napi::Value& value, const char* name) {
  const double given = number(value, name);
  if (!(given >= 0 && given <= 9007199254740991.0 && given == std::floor(given))) {
    fail(value, std::string(name) + ": expected a whole number");
  }
  return static_cast<size_t>(given);
}

}  // namespace modulab
