// election.hpp - who leads among the replicas of the controllers, as facts: no event is needed while all is well.
//
// A leader renews its Lease every retry (2 s), so when it did last is computed. A standby takes over once it has seen
// no renewal for lease (15 s), at one of its own tries; a process that was started again has a new identity and waits
// the same time from its first look, for it trusts only what it has seen itself. A leader that cannot renew goes on for
// renewDeadline (10 s) from the first try in vain and then ends. Source: client-go tools/leaderelection, K-T-75, JS-T5.
// Here a standby sees each renewal at once, and all try exactly every retry (client-go: up to 2.2 times that).
//
// This is the state; what happens to components is in controller_faults.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/request.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::cluster {

// A process that can fail. kube-controller-manager is all of its controllers; job-controller is that one alone, a
// what-if: in reality it has no life of its own.
enum class Controller : std::uint8_t { kJobSetManager, kControllerManager, kScheduler, kJobController };
inline constexpr std::size_t kControllers = 4;
std::string_view controllerText(Controller controller);  // "jobset-controller-manager", "kube-scheduler" …
// Also "jobset" and "scheduler"; nothing: there is no such controller.
std::optional<Controller> controllerOf(std::string_view text);
const std::vector<Component>& componentsOf(Controller controller);

// How work goes on after a process has ended.
enum class Recovery : std::uint8_t {
  kRestart,  // the only replica: the process starts again, and waits for the lease of its former life
  kFailOver  // a standby replica takes the lease
};

// When a process is to end, at a request of its own. Requests about Events do not count.
struct CrashPoint {
  bool after = false;              // the request is sent (and executed); before: it and what would follow is not
  std::uint64_t match = 1;         // at the n-th request that fits, counted from now on
  std::uint64_t plan_request = 0;  // JobSet manager only: the n-th request of a Plan, its status write included; 0: any
  std::string object;              // JobSet manager only: Plans of this JobSet, "namespace/name"; "": any
  std::optional<api::Verb> verb;
  std::optional<api::Kind> kind;

  template <class Archive>
  void serialize(Archive& ar) {
    bool with_verb = verb.has_value(), with_kind = kind.has_value();
    auto verb_number = static_cast<std::uint8_t>(verb.value_or(api::Verb{}));
    auto kind_number = static_cast<std::uint8_t>(kind.value_or(api::Kind{}));
    ar(after, match, plan_request, object, with_verb, verb_number, with_kind, kind_number);
    verb = with_verb ? std::optional(static_cast<api::Verb>(verb_number)) : std::nullopt;
    kind = with_kind ? std::optional(static_cast<api::Kind>(kind_number)) : std::nullopt;
  }
};

struct Election {
  // A component that has replicas: which of them is the one in WorldParts.
  struct Part {
    std::uint32_t instance = 0;
    bool paused = false;  // that one
    kernel::Duration skew{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(instance, paused);
      kernel::serializeDuration(ar, skew);
    }
  };
  // The place of the leader of a process.
  struct Seat {
    enum class State : std::uint8_t { kLeading, kDown, kPaused } state = State::kLeading;
    kernel::TimePoint since{};  // when the leader took the lease
    kernel::Duration slow{};    // every fail-over takes so much longer
    std::uint64_t lives = 0;    // ends and pauses so far: keys draws
    std::uint64_t fault = 0;    // the number of the one under way
    kernel::EventHandle restart, takeover, resume, give_up;
    std::vector<std::uint32_t> paused;  // targets of the paused replica, whether or not it still leads
    kernel::TimePoint failing{};        // give_up is pending: the first renewal in vain
    kernel::Duration back_off{};        // what its container waits for after the next end (K-T-11); 0: it never ended
    kernel::TimePoint ended{};
    template <class Archive>
    void serialize(Archive& ar) {
      auto number = static_cast<std::uint8_t>(state);
      ar(number, lives, fault, restart, takeover, resume, give_up, paused);
      for (kernel::TimePoint* time : {&since, &failing, &ended}) kernel::serializeTime(ar, *time);
      for (kernel::Duration* time : {&slow, &back_off}) kernel::serializeDuration(ar, *time);
      state = static_cast<State>(number);
    }
  };
  struct Armed {
    std::uint64_t fault = 0;
    Controller controller{};
    Recovery recovery{};
    CrashPoint point;
    std::uint64_t seen = 0;
    template <class Archive>
    void serialize(Archive& ar) {
      auto who = static_cast<std::uint8_t>(controller), how = static_cast<std::uint8_t>(recovery);
      ar(fault, who, how, point, seen);
      controller = static_cast<Controller>(who);
      recovery = static_cast<Recovery>(how);
    }
  };

  static constexpr std::size_t kParts = 32;
  std::array<Part, kParts> parts{};
  std::array<Seat, kControllers> seats{};
  std::uint32_t next_instance = 1;
  std::uint32_t webhooks_down = 0;  // the API server's fault of that number; 0: they are served
  std::vector<Armed> armed;
  std::vector<std::uint64_t> fired;               // numbers of armed faults that have struck, until they are taken
  std::vector<kernel::Event> held;                // events of paused replicas
  std::set<std::uint32_t> paused;                 // their targets
  std::map<std::uint64_t, std::string> renewals;  // nodes whose leases are to be renewed after an outage
  std::uint64_t next_renewal = 0;

  Part& part(std::uint32_t target) { return parts[target & (kParts - 1)]; }
  const Part& part(std::uint32_t target) const { return parts[target & (kParts - 1)]; }
  Seat& seat(Controller controller) { return seats[static_cast<std::size_t>(controller)]; }
  const Seat& seat(Controller controller) const { return seats[static_cast<std::size_t>(controller)]; }
  // Whether a target is the replica in WorldParts, and runs.
  bool ordinary(std::uint32_t target) const {
    return part(target).instance == instanceOf(target) && !part(target).paused;
  }

  template <class Archive>
  void serialize(Archive& ar) {
    for (Part& one : parts) ar(one);
    for (Seat& one : seats) ar(one);
    ar(next_instance, webhooks_down, armed, fired, held, paused, renewals, next_renewal);
  }
};

// When a leader that has had the lease since `since` renewed it last.
kernel::TimePoint lastRenewal(const ElectionTiming& timing, kernel::TimePoint since, kernel::TimePoint now);
// The last try to renew before a leader gives up whose first one in vain was at `failing`.
kernel::TimePoint lastTry(const ElectionTiming& timing, kernel::TimePoint failing);
// K-T-11: how long a container that ends now waits before it is started again.
kernel::Duration crashLoop(Election::Seat& seat, const KubeletTiming& timing, kernel::TimePoint now);
// When a candidate that saw the last renewal at `seen` takes the lease, if nobody renews it any more.
kernel::TimePoint takeOver(const ElectionTiming& timing, kernel::TimePoint seen, std::uint64_t seed,
                           Controller controller, std::uint64_t life);

}  // namespace jobset_twin::cluster
