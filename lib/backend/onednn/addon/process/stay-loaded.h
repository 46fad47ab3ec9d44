#pragma once

namespace modulab {

/**
 * Keeps this library in memory until the process ends. Node would unload it, and OpenMP with it, when the last environment
 * that loaded it has gone, such as a worker thread; OpenMP's threads would go on without their code.
 */
void stayLoaded();

}  // namespace modulab
