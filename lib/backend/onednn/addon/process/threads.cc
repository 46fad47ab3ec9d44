#include "process/threads.h"

#include <future>
#include <system_error>
#include <thread>
#include <vector>

namespace modulab {

#ifdef _OPENMP
namespace {

/**
 * How many of `wanted` threads the system lets this process have at once, the calling one among them. OpenMP ends the process
 * where it is refused a thread; this only counts.
 */
int startable(int wanted) {
  std::promise<void> counted;
  const std::shared_future<void> end = counted.get_future().share();
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(wanted));
  try {
    while (static_cast<int>(threads.size()) < wanted - 1) threads.emplace_back([end] { end.wait(); });
  } catch (const std::system_error&) {
    // These are all.
  }
  counted.set_value();
  for (std::thread& thread : threads) thread.join();
  return 1 + static_cast<int>(threads.size());
}

}  // namespace

void limitThreads(int wanted) {
  // Otherwise the number of threads of a parallel region depends on the load of the machine at that moment.
  omp_set_dynamic(0);
  const int most = omp_get_max_active_levels() == 0 ? 1 : std::min(omp_get_num_procs(), omp_get_thread_limit());
  omp_set_num_threads(std::max(1, std::min(wanted, most)));
}

int settleThreads(int wanted) {
  limitThreads(wanted);
  const int threads = startable(omp_get_max_threads());
  int granted = 1;
  if (threads > 1) {
#pragma omp parallel num_threads(threads)
    {
#pragma omp master
      granted = omp_get_num_threads();
    }
  }
  omp_set_num_threads(granted);
  return granted;
}
#else
void limitThreads(int) {}

int settleThreads(int) { return 1; }
#endif

}  // namespace modulab
