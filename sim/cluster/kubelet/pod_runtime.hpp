// pod_runtime.hpp - what a node's kubelet and container runtime know of one Pod: plain state, no behaviour.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/kernel/event.hpp"
#include "sim/kernel/time.hpp"
#include "sim/workload/machine.hpp"
#include "sim/workload/models/model.hpp"

namespace jobset_twin::cluster {

using kernel::Duration;
using kernel::TimePoint;

// K-T-21: however little grace is left, a container has so long between SIGTERM and SIGKILL.
inline constexpr Duration kMinimumGrace = std::chrono::seconds(2);

enum class ContainerState : std::uint8_t { kWaiting, kPulling, kStarting, kRunning, kExited };

// A finished run of a container.
struct ContainerExit {
  std::int32_t code = 0, signal = 0;
  std::string reason, message;
  TimePoint started_at, finished_at;
};

struct ImageBackoff {
  Duration delay{};
  TimePoint until{};
};

struct ProbeState {
  std::int32_t successes = 0, failures = 0;
  std::optional<bool> result;  // absent before the threshold was met once
  kernel::EventHandle tick;    // the next one; none while its answer cannot change
  TimePoint asked{};           // last
};

struct ContainerRuntime {
  ContainerState state = ContainerState::kWaiting;
  std::string waiting_reason = "ContainerCreating", waiting_message;
  bool ended_for_good = false;  // will not be started again in this Pod
  bool sidecar = false, init = false;
  std::int32_t restarts = 0;  // restartCount
  std::uint32_t run = 0;      // generation of this container's timers: one per start
  TimePoint started_at{};
  std::optional<ContainerExit> exit, previous_exit;
  // What the kubelet has noticed (PLEG): the status is made from this.
  ContainerState noticed = ContainerState::kWaiting;
  bool started = false, ready = false;  // startup probe passed or none; readiness
  ProbeState startup, readiness, liveness;
  std::optional<Duration> backoff;  // the delay after the next failure; absent: restart at once (K-POD-23)
  TimePoint last_restart{};
  std::int32_t kill_signal = 0;      // a signal is on its way to it
  std::optional<TimePoint> kill_at;  // SIGKILL then
  workload::Machine machine;
  std::int32_t attempt = 0;                 // starts of this container of this rank before this one
  std::uint64_t wake_sequence = 0;          // the one valid wake-up timer
  kernel::EventHandle wake;                 // its event
  std::vector<kernel::EventHandle> timers;  // of this run: void once it has exited
  std::uint64_t random_draws = 0;
  std::map<std::uint32_t, workload::MachineRequest> open;   // what the machine waits for, when not for time
  std::optional<std::uint32_t> watches_jobset, annotating;  // ids of such requests
  std::optional<TimePoint> began_at;                        // a behaviour's waiting was over
  std::string waits_for;                     // in words, while only the outside world can change what it does
  std::int32_t behavior = -1;                // index of the scenario's behaviour that it follows
  workload::Machine worker;                  // main-container mode: what the restart agent runs (JS-I6)
  std::map<std::string, std::string> files;  // its own file system, lost with the run
  // What was made to go wrong with it (faults.cpp).
  bool hung = false;                       // this run does nothing any more
  bool unready = false;                    // found unready, whatever its probe says
  std::optional<std::int32_t> crash_code;  // each run ends with it
  // Its own clock, which a slow node slows down: what it showed when the node's speed last changed, and when that was.
  TimePoint clock{}, clock_set{};
  std::optional<TimePoint> wake_at;  // of its next wake-up, by its own clock
  bool blocked = false;              // its image or configuration is missing: others need not wait for it
  std::uint64_t syncs = 0;           // draws of the waits between such tries
  bool post_start = false;           // its postStart hook runs: not Running before it is done
  workload::Machine hook;            // the lifecycle hook that runs
  bool hook_begun = false;           // its preStop hook began before its turn to be stopped (a sidecar's)
  bool probe_killed = false;         // a liveness or startup probe has it killed: it starts again, however it ends
  std::string group;                 // of containers that work together: its key; "": none (groups.cpp)
  workload::Member member;           // what it is there
  std::optional<std::int64_t> memory_used, storage_used;  // bytes, once its behaviour says so
};

enum class PodStage : std::uint8_t { kSeen, kStarting, kRunning, kTerminal, kCleanup };

struct PodRuntime {
  bool used = false;
  api::ObjectPtr pod;    // newest seen
  std::string identity;  // stable: "<ns>/<job>/<index>", or "<ns>/<pod>" without a Job
  std::uint32_t node = 0;
  std::uint32_t generation = 0;  // of the slot: stale timers are recognised by it
  PodStage stage = PodStage::kSeen;
  std::string ip;
  std::optional<TimePoint> start_time;
  bool sandbox = false;
  std::vector<ContainerRuntime> containers;  // init containers first, then the others, each in spec order
  std::size_t init_count = 0;
  bool terminating = false, sigterm_sent = false, sidecars_stopping = false, restarting_all = false;
  std::optional<TimePoint> kill_at;       // end of the grace period; of its sidecars' when it ends by itself
  kernel::EventHandle deadline;           // of activeDeadlineSeconds
  std::string fail_reason, fail_message;  // kubelet-made ends and refusals
  api::PodStatus sent;                    // as last written
  bool ever_sent = false, patch_in_flight = false, delete_in_flight = false, dirty = false, removing = false;
  std::int64_t stored = 0;        // resourceVersion of the last status write that was acknowledged
  bool unsent = false;            // `sent` has not reached the API server: no way to it, or it refused
  bool stuck = false;             // its processes cannot be killed
  bool restarted_all = false;     // RestartAllContainers has happened
  bool disrupted = false;         // ended by the kubelet: condition DisruptionTarget
  std::optional<Duration> grace;  // of an end made by the kubelet
  std::string waits_for;          // in words, while its volumes cannot be mounted
  std::uint32_t mount_tries = 0;  // that failed
  std::map<std::string, ImageBackoff> image_backoffs;                    // K-T-12: by image
  std::map<std::string, std::map<std::string, std::string>> empty_dirs;  // volume -> path -> content
};

// What a container of a Pod (by PodRuntime::identity) has kept by checkpoints, and where the time of all its runs that
// are over went: what it has kept so far is useful.
struct KeptWork {
  Duration checkpointed{};
  workload::GroupTimes times;
};
struct CheckpointFigures {
  std::string pod;  // "<namespace>/<job>/<index>"; "<namespace>/<pod>" of a Pod without an index
  std::string container;
  workload::GroupTimes times;
};

// A container of a group, and what it asked to be told the end of.
struct GroupMember {
  std::uint64_t pod = 0;  // handle of its slot
  std::uint32_t container = 0, request = 0;
};
struct WorkGroup {
  std::string jobset, uid;      // namespace/name
  std::int32_t behavior = -1;   // index of the scenario's behaviour that makes it
  std::uint64_t number = 0;     // in events; in order of first members
  std::int64_t generation = 0;  // of the JobSet whose numbers it knows
  std::map<std::string, std::pair<std::int32_t, std::int32_t>> ranks;  // group_sizes.hpp
  workload::Model model;
  std::map<workload::Member, GroupMember> members;
  kernel::EventHandle wake;
  std::optional<TimePoint> closed;  // its JobSet was over then, and its last member gone: its times are counted no more
};
// How the work of a group went.
struct WorkloadFigures {
  std::string jobset, uid;  // namespace/name, and the JobSet's UID
  std::int32_t behavior = -1;
  bool deleted = false;  // that JobSet is
  workload::GroupFigures figures;
};

inline const api::Container& specOf(const PodRuntime& pod, std::size_t index) {
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  return index < pod.init_count ? spec.initContainers[index] : spec.containers[index - pod.init_count];
}
// The payload of a timer of this run of a container.
inline std::uint64_t timerOf(const ContainerRuntime& c, std::size_t index) {
  return static_cast<std::uint64_t>(c.run) << 8 | index;
}
// ... of one of its probes: when it is asked, or, with `over`, when it has answered.
inline std::uint64_t probeTimer(const ContainerRuntime& c, std::size_t index, std::uint32_t which, bool over = false,
                                bool passed = false) {
  return (static_cast<std::uint64_t>(c.run) << 4 | (passed ? 8U : 0U) | (over ? 4U : 0U) | which) << 8 | index;
}

}  // namespace jobset_twin::cluster
