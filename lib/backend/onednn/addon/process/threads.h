#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace modulab {

inline int threadCount() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

/**
 * Holds the calling thread's parallel regions to the processors that this process may use and to OpenMP's own limits, with the
 * same number for all of them: oneDNN divides work by the number that it asks for, leaves out the shares of threads that it
 * is not given, and its barriers wait for them for ever. Starts nothing.
 */
void limitThreads(int wanted);

/** The same, after trying out how many threads are really granted, which then have been started. Gives their number. */
int settleThreads(int wanted);

/** Work below this many elements is not worth waking the other threads. */
constexpr size_t kWorthThreads = 16384;

/**
 * Calls body(begin, end) for pieces that cover 0 … count, one per thread, `grain` elements the unit of division. `cost` is
 * the number of elements that are touched in all.
 */
template <class Body>
void parallel(size_t count, size_t grain, size_t cost, const Body& body) {
#ifdef _OPENMP
  const size_t units = (count + grain - 1) / grain;
  const size_t threads = cost < kWorthThreads ? 1 : std::min<size_t>(units, static_cast<size_t>(omp_get_max_threads()));
  if (threads > 1) {
#pragma omp parallel num_threads(static_cast<int>(threads))
    {
      const size_t thread = static_cast<size_t>(omp_get_thread_num()), team = static_cast<size_t>(omp_get_num_threads());
      const size_t begin = std::min(count, units * thread / team * grain);
      const size_t end = std::min(count, units * (thread + 1) / team * grain);
      if (begin < end) body(begin, end);
    }
    return;
  }
#endif
  if (count > 0) body(size_t{0}, count);
}

}  // namespace modulab
