// interrupt.hpp - Ctrl-C, and the end of the program when something of ours is broken.
#pragma once

#include <csignal>
#include <string>

namespace jobset_twin::cli {

// While it lives, the first Ctrl-C (or SIGTERM) sets the flag and the second ends the program at once, with exit code
// 130. Without one the first ends it at once.
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
  static const volatile std::sig_atomic_t* flag();
};

// Makes failed assertions, uncaught exceptions and invalid accesses end with a sentence that asks for a report, naming
// the command, and exit code 70.
void catchOwnFaults(const std::string& command);
// That sentence, for exceptions.
std::string reportRequest(const std::string& command);

}  // namespace jobset_twin::cli
