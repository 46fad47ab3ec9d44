#pragma once
#include <cstdint>
#include <cstring>

namespace modulab {

/** The upper half of a float. */
using Bfloat16 = uint16_t;

inline float widen(Bfloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value) << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof wide);
  return wide;
}
inline float widen(float value) { return value; }

/** To the nearest, of two equally near ones to the even one; for finite values. */
inline void narrow(float value, Bfloat16& out) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  out = static_cast<Bfloat16>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
inline void narrow(float value, float& out) { out = value; }

}  // namespace modulab
