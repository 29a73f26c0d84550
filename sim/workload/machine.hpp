// machine.hpp - what runs in a container, whatever it is: a plain-value state machine that says what it waits for and
// goes on when it is answered. The kubelet (sim/cluster/kubelet) starts it, answers it and delivers signals.
//
// Four kinds: a command run by the interpreter (process.hpp), a behaviour of the scenario (behavior.hpp), JobSet's
// in-place restart agent (restart_agent.hpp), and a fixed run time for commands nobody knows.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/workload/ask.hpp"
#include "sim/workload/behavior.hpp"
#include "sim/workload/host.hpp"
#include "sim/workload/process.hpp"
#include "sim/workload/restart_agent.hpp"

namespace jobset_twin::workload {

// A program whose command is not known: runs for a time and exits; ends at SIGTERM.
struct FixedRun {
  Duration run_time{};
  std::int32_t exit_code = 0;
  bool begun = false;
  template <class Archive>
  void serialize(Archive& ar) {
    auto ns = run_time.count();
    ar(ns, exit_code, begun);
    run_time = Duration(ns);
  }
};

// Something that only the simulated world can give; answered by id.
struct MachineRequest {
  std::uint32_t id = 0;
  AskKind kind = AskKind::kLookUp;
  std::string name;
  std::int32_t port = 0;
  bool ping = false;
  Duration patience{};  // zero: never gives up
  std::vector<std::string> argv;

  // For whoever answers a kLookUp that takes several tries: how far it has got.
  std::int32_t tries = 0;              // queries to the DNS; then packets to the address at hand
  Duration waited{};                   // for that address
  bool delayed = false;                // the answer's own delay is over
  std::vector<std::string> addresses;  // answered; those that are tried next
  std::uint32_t next_address = 0;
  bool lost = false;  // the last address that was tried never answered

  template <class Archive>
  void serialize(Archive& ar) {
    auto ns = patience.count(), waited_ns = waited.count();
    ar(id, kind, name, port, ping, ns, argv, tries, waited_ns, delayed, addresses, next_address, lost);
    patience = Duration(ns);
    waited = Duration(waited_ns);
  }
};

struct MachineStep {
  std::vector<LogLine> output;
  std::vector<MachineRequest> requests;
  std::optional<TimePoint> wake;
  std::optional<std::int32_t> exit_code;
  bool idle = false;  // only the outside world can change what it does
};

class Machine {
 public:
  std::variant<std::monostate, Process, BehaviorRun, RestartAgent, FixedRun> run;

  // Runs what can run now.
  MachineStep resume(Host& host);
  void answer(std::uint32_t id, const AskAnswer& answer);
  // SIGTERM or another signal except SIGKILL, which needs nobody's consent. Then resume().
  void signal(std::int32_t number);
  bool present() const { return run.index() != 0; }

 private:
  friend class MachineArchive;
  AskAnswer answer_;        // of the single open question of a behaviour or an agent
  std::uint32_t open_ = 0;  // its id; 0: none
  std::uint32_t next_id_ = 1;
  std::int32_t ended_by_ = 0;  // a signal that ends it

 public:
  template <class Archive>
  void save(Archive& ar) const {
    ar(static_cast<std::uint8_t>(run.index()), open_, next_id_, ended_by_, answer_);
    if (const auto* p = std::get_if<Process>(&run)) ar(*p);
    if (const auto* b = std::get_if<BehaviorRun>(&run)) ar(*b);
    if (const auto* a = std::get_if<RestartAgent>(&run)) ar(*a);
    if (const auto* f = std::get_if<FixedRun>(&run)) ar(*f);
  }
  template <class Archive>
  void load(Archive& ar) {
    std::uint8_t index = 0;
    ar(index, open_, next_id_, ended_by_, answer_);
    run.emplace<std::monostate>();
    if (index == 1) ar(run.emplace<Process>());
    if (index == 2) ar(run.emplace<BehaviorRun>());
    if (index == 3) ar(run.emplace<RestartAgent>());
    if (index == 4) ar(run.emplace<FixedRun>());
  }
};

}  // namespace jobset_twin::workload
