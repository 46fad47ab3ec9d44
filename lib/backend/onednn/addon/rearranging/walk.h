#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace modulab {

/** Tensors have at most 6 dimensions, and a repeated one has two for each. */
constexpr size_t kMaxRank = 12;

/** Dimensions, outermost first, with the distance between neighbours along each in `Operands` arrays. */
template <size_t Operands>
struct Strided {
  size_t rank = 0;
  std::array<size_t, kMaxRank> sizes;
  std::array<std::array<ptrdiff_t, Operands>, kMaxRank> steps;

  void push(size_t size, const std::array<ptrdiff_t, Operands>& step) {
    sizes[rank] = size;
    steps[rank++] = step;
  }

  size_t count() const {
    size_t product = 1;
    for (size_t d = 0; d < rank; d++) product *= sizes[d];
    return product;
  }
};

/** Goes through the positions of `Strided` in order and knows where they lie in each array. */
template <size_t Operands>
class Walk {
 public:
  Walk(const Strided<Operands>& dims, size_t start) : dims_(dims) {
    for (size_t d = dims.rank; d-- > 0;) {
      position_[d] = start % dims.sizes[d];
      start /= dims.sizes[d];
      for (size_t k = 0; k < Operands; k++) offset_[k] += static_cast<ptrdiff_t>(position_[d]) * dims.steps[d][k];
    }
  }

  ptrdiff_t offset(size_t operand) const { return offset_[operand]; }

  void next() {
    for (size_t d = dims_.rank; d-- > 0;) {
      const auto& step = dims_.steps[d];
      if (++position_[d] < dims_.sizes[d]) {
        for (size_t k = 0; k < Operands; k++) offset_[k] += step[k];
        return;
      }
      position_[d] = 0;
      for (size_t k = 0; k < Operands; k++) offset_[k] -= static_cast<ptrdiff_t>(dims_.sizes[d] - 1) * step[k];
    }
  }

 private:
  const Strided<Operands>& dims_;
  std::array<size_t, kMaxRank> position_{};
  std::array<ptrdiff_t, Operands> offset_{};
};

}  // namespace modulab
