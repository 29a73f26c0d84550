// ask.hpp - what a machine waits for, and the answer. See machine.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jobset_twin::workload {

enum class AskKind : std::uint8_t {
  kSleep,        // duration
  kForever,      // until a signal
  kLookUp,       // name (and port: connect to it); answered with addresses
  kPeers,        // name: a replicated job ("": all of the JobSet); answered ok when all its Pods are Ready
  kRunUnknown,   // argv: a program that is not known; answered with an exit code after a time
  kAnnotate,     // name: value of the in-place restart annotation of the own Pod
  kGroup,        // works with others (models/group.hpp) until that is over; answered with an exit code. With a
                 // duration: no longer than that, then it goes on without an answer
  kWatchJobSet,  // until the JobSet's in-place restart status differs from what was last answered
  kExit          // exit_code
};

struct Ask {
  AskKind kind = AskKind::kExit;
  std::chrono::nanoseconds duration{};
  std::string name;
  std::int32_t port = 0;
  std::int32_t exit_code = 0;
  // The machine is in a loop whose state has recurred without an effect: only the outside world can change what it
  // does.
  bool idle = false;
  std::vector<std::string> argv;
};

struct AskAnswer {
  bool ok = true;
  std::vector<std::string> addresses;  // kLookUp
  bool connected = true;               // kLookUp with a port: somebody answered there
  bool timed_out = false;              // nothing came back from there
  bool no_server = false;              // kLookUp: no name server answered
  std::string output;                  // what an unknown command prints
  std::int32_t exit_code = 0;          // kRunUnknown
  bool over = false;                   // kGroup: what they did together has ended
  // kWatchJobSet: the JobSet's status.
  bool in_place = true;  // strategy InPlaceRestart, not disabled
  std::optional<std::int32_t> previous_attempt, current_attempt;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(ok, addresses, connected, timed_out, no_server, output, exit_code, over, in_place, previous_attempt,
       current_attempt);
  }
};

}  // namespace jobset_twin::workload
