// fault.hpp - something that goes wrong, as plain values: what (class), where (target), when (trigger), for how long.
//
// docs/faults.md is the user's description; scenarios/read_faults.cpp reads it from documents and --fault; classes.hpp
// lists the classes; injector.hpp makes it happen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/label_selector.hpp"
#include "engine/api/result.hpp"
#include "sim/faults/moment.hpp"
#include "sim/kernel/time.hpp"
#include "sim/workload/behavior.hpp"

namespace jobset_twin::faults {

using kernel::Duration;
using kernel::TimePoint;
using workload::TimeDistribution;

enum class FaultClass : std::uint8_t {
  // Containers.
  kKill,
  kExit,
  kOom,
  kHang,
  kUnready,
  kCrashLoop,
  // Pods.
  kDelete,
  kEvict,
  kPressureEvict,
  kPreempt,
  kStuckTerminating,
  // Images.
  kImageSlow,
  kImageMissing,
  // Nodes.
  kNodeFail,
  kNodeReboot,
  kNodeHang,
  kNodePartition,
  kNodeSlow,
  kDeviceFault,
  kNodeShutdown,
  kNodeMaintenance,
  kNodeRemove,
  // Network and names.
  kDnsDown,
  kDnsSlow,
  kDnsStale,
  kEndpointsDelay,
  kPodPartition,
  // API server.
  kApiSlow,
  kApiError,
  kApiTimeout,
  kApiLostAnswer,
  kApiOutage,
  kApiOverload,
  kClientLimit,
  kWebhookDown,
  kWebhookSlow,
  kWatchDelay,
  kWatchFreeze,
  kWatchDrop,
  kWatchExpire,
  kEtcdCompaction,
  // Controllers.
  kControllerCrash,
  kControllerRestart,
  kSlowFailover,
  kTwoLeaders,
  kClockSkew
};

// Of several matches: none (it is a mistake), one of them, all at once, or all one after the other.
enum class Choice : std::uint8_t { kOne, kAny, kAll, kInTurn };

// Which Pods or nodes. All that is given must fit; nothing given fits everything that the class can hit.
struct Target {
  std::string pod;     // [[[namespace/]jobset/]replicated job/]job index/]pod index, or [namespace/]name; * in any part
  std::string node;    // a pattern
  std::string job;     // [namespace/]name; * in either
  std::string domain;  // "rack/r3": the last part of a node label's key, or all of it, and a pattern of its value
  std::optional<api::LabelSelector> selector;  // of the Pods or nodes
  Choice choice = Choice::kOne;
  std::int32_t at_once = 1;  // in turn: so many; the next is hit when one of them is whole again

  bool given() const {
    return !pod.empty() || !node.empty() || !job.empty() || !domain.empty() || selector.has_value();
  }
};

// Something that happens to an object: "JobSet/default/train ready", "JobSet/default/train attempt 2 created".
struct EventPattern {
  std::string object;  // Kind/namespace/name, * stands for anything
  Moment moment = Moment::kCreated;
  std::optional<std::int32_t> attempt;  // of a JobSet: after so many restarts; of its Jobs and Pods: made by that one
  Duration delay{};                     // so long after it
};

// When. Exactly one of `at`, `after` and `hazard` begins it; `every` repeats what the first two begin.
struct Trigger {
  std::optional<Duration> at;  // after the start of the run
  std::optional<EventPattern> after;
  std::optional<Duration> every;
  std::optional<std::int32_t> times;       // of `every`: so often at most
  std::optional<TimeDistribution> hazard;  // the time to the next failure, of each unit by itself
};

// People who repair what failed: each takes one failure (of a domain, too) from its beginning to its end, in the order
// in which they came.
struct RepairCrew {
  std::string name;
  std::int32_t size = 1;
};

struct Fault {
  std::string name;  // unique in a run; keys its random streams
  FaultClass class_ = FaultClass::kKill;
  Target target;
  Trigger trigger;
  std::optional<TimeDistribution> lasts;  // `for` or `repair`; absent: for good, or done at once
  std::string crew;                       // who repairs it; "": somebody does at once
  std::int32_t crew_size = 0;             // how many of them there are, as the scenario says

  // What the class takes besides (classes.hpp says which).
  std::string container;             // "": all main containers
  std::optional<std::int32_t> code;  // exit code
  std::optional<std::int64_t> grace_seconds;
  std::string image;                  // a pattern
  std::string reason;                 // of an eviction, of an error
  std::optional<double> factor;       // so many times as slow
  std::optional<double> speed;        // of a node: 1 is ordinary
  std::string resource;               // of a node's devices
  std::optional<std::int64_t> count;  // ... how many
  std::optional<Duration> notice;     // before a maintenance
  std::string spare;                  // a pattern of nodes that are kept cordoned
  std::string to;                     // the other side of a partition, as `pod`
  std::optional<Duration> latency;    // that is added
  std::optional<Duration> skew;       // of a clock; may be negative
  std::string client, kind;           // of requests: a pattern of the client's name; the objects' kind
  std::vector<std::string> verbs;
  std::optional<double> probability;
  bool written = false;  // a request without an answer was carried out
  bool expire = false;   // watches end in 410 when it is over
  std::optional<double> qps;
  std::optional<std::int32_t> burst, seats;
  std::string component;  // "jobset-controller"
  std::string step;       // where it crashes: "after create Job"

  api::Error origin;  // file, line, column, field
};

// A fault in the words of --fault: "kill pod=default/train/workers/0/1 at=30s". Equal texts mean equal faults.
std::string faultText(const Fault& fault);
// "30s", "exponential(mean 2000h0m0s)".
std::string distributionText(const TimeDistribution& distribution);

}  // namespace jobset_twin::faults
