#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

// Transcendental functions without branches or calls, so that loops over them are vectorised; correct to about 2 units in
// the last place. NaN gives NaN. The polynomials are those of the Cephes library.
namespace modulab {

inline float bitsAsFloat(int32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline int32_t floatAsBits(float value) {
  int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/** e^r − 1 for |r| ≤ ln(2)/2. */
inline float exponentialMinusOneNearZero(float r) {
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * r * r + r;
}

inline float exponential(float x) {
  // Beyond these the result is infinite or 0. NaN becomes 89 here, so that the conversion to an integer is defined.
  float bounded = x < 89.0f ? x : 89.0f;
  bounded = bounded > -104.0f ? bounded : -104.0f;
  const float n = std::nearbyint(bounded * 1.44269504088896341f);
  const float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  // 2^n in two factors, because n goes beyond the exponents of normal numbers.
  const int32_t exponent = static_cast<int32_t>(n), half = exponent >> 1;
  const float low = bitsAsFloat((half + 127) << 23), high = bitsAsFloat((exponent - half + 127) << 23);
  const float y = (exponentialMinusOneNearZero(r) + 1.0f) * low * high;
  return x != x ? x : y;
}

inline float exponentialMinusOne(float x) {
  return std::fabs(x) < 0.34f ? exponentialMinusOneNearZero(x) : exponential(x) - 1.0f;
}

/** -Infinity at 0, NaN below. */
inline float naturalLogarithm(float x) {
  const bool subnormal = x < std::numeric_limits<float>::min();
  const int32_t bits = floatAsBits(subnormal ? x * 8388608.0f : x);
  const float mantissa = bitsAsFloat((bits & 0x7fffff) | 0x3f000000);
  const bool low = mantissa < 0.707106781186547524f;
  const float exponent = static_cast<float>((bits >> 23) - 126 - (subnormal ? 23 : 0) - (low ? 1 : 0));
  const float m = (low ? mantissa + mantissa : mantissa) - 1.0f, z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  float y = m + (p * m * z - exponent * 2.12194440e-4f - 0.5f * z) + exponent * 0.693359375f;
  y = x == 0.0f ? -std::numeric_limits<float>::infinity() : y;
  y = x < 0.0f ? std::numeric_limits<float>::quiet_NaN() : y;
  return x < std::numeric_limits<float>::infinity() ? y : x;
}

/** ln(1 + x) for x ≥ 0. */
inline float logarithmOfOnePlus(float x) {
  const float u = 1.0f + x;
  return u == 1.0f ? x : naturalLogarithm(u) * (x / (u - 1.0f));
}

inline float hyperbolicTangent(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float large = 1.0f - 2.0f / (exponential(2.0f * std::fabs(x)) + 1.0f);
  return std::fabs(x) < 0.625f ? p * z * x + x : std::copysign(large, x);
}

}  // namespace modulab
