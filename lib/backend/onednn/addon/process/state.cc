#include "process/state.h"

#include "layers/convolution.h"
#include "layers/mat-mul.h"
#include "memory/allocate.h"

namespace modulab {

void* Scratch::get(size_t bytes) {
  if (bytes > capacity_) {
    free();
    data_ = allocate(bytes);
    capacity_ = bytes;
  }
  return data_;
}

void Scratch::free() {
  deallocate(data_);
  data_ = nullptr;
  capacity_ = 0;
}

State::State() : engine(dnnl::engine::kind::cpu, 0), stream(engine) {}

State::~State() = default;

void State::clear() {
  convolutions.clear();
  products.clear();
  for (Scratch* scratch : {&work, &source, &weights, &target}) scratch->free();
  arenas.clear();
  generation++;
}

}  // namespace modulab
