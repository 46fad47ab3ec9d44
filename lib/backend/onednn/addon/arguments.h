#pragma once
#include <napi.h>

#include <cstdint>
#include <initializer_list>

namespace modulab {

/** The data of a Float32Array of exactly `count` elements; throws a TypeError that names the argument otherwise. */
float* floats(const Napi::Value& value, size_t count, const char* name);

/** The same where undefined and null stand for "none", which gives nullptr. */
float* floatsOrNull(const Napi::Value& value, size_t count, const char* name);

/** The data of an Int32Array of exactly `count` elements. */
const int32_t* ints(const Napi::Value& value, size_t count, const char* name);

/** The data of a Uint8Array of exactly `count` elements. */
uint8_t* bytes(const Napi::Value& value, size_t count, const char* name);

/** The data of a Float32Array or Int32Array of exactly `count` elements, for those that only move it. */
uint32_t* words(const Napi::Value& value, size_t count, const char* name);

/** The length of a typed array. */
size_t elementCount(const Napi::Value& value, const char* name);

/** A number that is a whole number from 0 to 2^53. */
size_t size(const Napi::Value& value, const char* name);

double number(const Napi::Value& value, const char* name);

/** The number of elements of a tensor of this shape; throws a std::length_error where it cannot be that of one in memory. */
size_t elements(std::initializer_list<int64_t> shape);

/** The number of elements with one more dimension; throws in the same way. */
size_t times(size_t product, int64_t count);

}  // namespace modulab
