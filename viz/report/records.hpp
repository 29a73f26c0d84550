// records.hpp - what is kept of a run in order to explain it: one small record for each instance of a Pod, Job, JobSet
// and node, one for each start of a JobSet, and the events that caused something.
//
// Plain values that refer to each other by number; the ledger (ledger.hpp) fills them. No object is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/api/time.hpp"
#include "viz/report/critical_path.hpp"
#include "viz/report/distribution.hpp"
#include "viz/report/hindrance.hpp"

namespace jobset_twin::viz::report {

using api::Duration;
using api::TimePoint;
using Id = std::uint32_t;
inline constexpr Id kNone = UINT32_MAX;
inline constexpr TimePoint kNever = TimePoint::max();
inline bool reached(TimePoint at) { return at != kNever; }

enum class Thing : std::uint8_t { kNothing, kPod, kJob, kJobSet, kNode, kOther };

// Something that happened and had consequences, or may have.
enum class EventKind : std::uint8_t {
  kFault,       // made to go wrong by the scenario
  kNodeDown,    // a node is not Ready, gone, or was told to go
  kPodFailed,   // a container ended with an error, or the Pod was ended from outside
  kJobFailed,   // the Job's conditions say so
  kRestart,     // of a JobSet or of one of its Jobs
  kJobSetOver,  // completed or failed
  kSuspended,   // a JobSet or Job was suspended, a node cordoned or its Pods told to go
  kDeleted,     // somebody asked for the deletion of an object that nothing else explains
  kNoNode,      // the scheduler found no node
  kRefused      // a request that was refused
};
struct Event {
  TimePoint at = kNever;
  EventKind kind = EventKind::kFault;
  Thing thing = Thing::kNothing;
  Id subject = kNone;       // of the thing
  std::string text;         // "container main exits with code 1"
  Id cause = kNone;         // the event that brought it about
  std::uint32_t times = 1;  // the same again, in place; `at` is the last
  std::string alike;        // events without a cause that say the same here are one alarm
};

// A fault of the scenario, from its beginning to its end.
struct FaultRecord {
  Id event = kNone;  // that tells of it; what it did to each object follows from that
  std::optional<faults::FaultClass> class_;
  Doings hinders = 0, skews = 0;
  Ends ends = Ends::kNothing;
  bool hides_nodes = false;
  TimePoint from = kNever, until = kNever;  // until: never, as long as it goes on
  std::map<Id, Id> pods, nodes;             // that it hit, and the event of each
  std::string image;                        // a pattern
  std::vector<std::string> between;         // patterns of Pods that do not reach each other; none: all are concerned
};

// Work that takes time: who does it or what it needs, and for which Pod or Jobs.
struct Work {
  Doings doings = 0;
  Id pod = kNone;
  std::vector<Id> jobs;
};

enum class DeletedBy : std::uint8_t {
  kNobody,
  kJobController,
  kGarbageCollector,
  kScheduler,  // preemption
  kTaintEviction,
  kPodGc,
  kEvictionApi,
  kKubelet,
  kJobSetController,
  kTtl,
  kUser
};

struct PodRecord {
  std::string name;
  Id job = kNone, node = kNone, space = kNone;  // space: its namespace, as a word
  TimePoint created = kNever, scheduled = kNever, pulled = kNever, started = kNever, ready = kNever;
  TimePoint resolvable = kNever;
  TimePoint exited = kNever;      // its first container that failed, as it happened
  TimePoint last_exit = kNever;   // of any container, by itself
  TimePoint down_since = kNever;  // ... the first since it was ready
  TimePoint over = kNever, deleting = kNever, gone = kNever;
  TimePoint refused_node = kNever;       // first time that the scheduler found no node
  TimePoint denied_since = kNever;       // a name is asked for in vain
  TimePoint looked_up = kNever;          // the last name that was asked for before it was ready, after being told no
  Id looked_up_pod = kNone;              // ... whose name it was
  Id no_node = kNone;                    // the scheduler's last message, as a word
  Id freed_by = kNone;                   // the Pod whose end made room
  TimePoint ready_again = kNever;        // the last time that it became ready
  Id failure = kNone, deletion = kNone;  // events
  Id container_failure = kNone;          // of its last container that ended with an error
  std::uint32_t container_restarts = 0, denied_look_ups = 0;
  DeletedBy deleted_by = DeletedBy::kNobody;
  bool succeeded = false, is_ready = false;
  bool asking = false;                // for a name, in vain so far
  bool asked = false;                 // for any name, before it was ready
  std::vector<std::uint32_t> faults;  // that hit it
  Id repair = kNone;                  // of its containers, while it goes on
  std::string uid;
};

struct JobRecord {
  std::string name, uid;
  Id jobset = kNone, start = kNone, space = kNone;
  std::int32_t replicated_job = -1, wanted = 1, backoff_limit = 0;  // wanted: Pods at once
  TimePoint created = kNever, ready = kNever, failing = kNever, failed = kNever;
  TimePoint complete = kNever, deleting = kNever, gone = kNever;
  Id failure = kNone, deletion = kNone;
  std::vector<Id> suspensions;     // events
  std::vector<TimePoint> resumes;  // ascending
  std::vector<Id> pods;
  std::vector<Id> images;      // of its Pods, as words
  std::vector<Id> failures;    // its Pods that failed, the first kMostFailures and the last
  std::vector<Id> unreplaced;  // its Pods that ended and were not made again so far
  std::uint32_t failed_pods = 0;
  DeletedBy deleted_by = DeletedBy::kNobody;
  bool suspended = false;
  bool per_index = false;     // failures count by index
  bool deletes_pods = false;  // its controller decided to

  // Since when it wants its Pods: its creation, or the last time that it was resumed.
  TimePoint began() const { return resumes.empty() ? created : resumes.back(); }
};

// What a replicated job says of the order of the start.
struct ReplicatedJobOrder {
  std::string name;
  std::int32_t jobs = 1, pods = 1;                   // pods: at once, of each Job
  std::vector<std::pair<std::int32_t, bool>> waits;  // which replicated job; true: until it is complete
  TimePoint ready = kNever, complete = kNever;       // in this start, as the JobSet's status says
};

struct JobSetRecord {
  std::string name, uid;
  Id space = kNone;
  TimePoint created = kNever, ready = kNever, over = kNever, deleting = kNever, gone = kNever;
  std::vector<ReplicatedJobOrder> order;
  std::vector<Id> starts, jobs;
  Id end = kNone, deletion = kNone;  // events
  std::vector<Id> suspensions;       // events
  std::string terminal;
  bool suspended = false;
};

struct NodeRecord {
  std::string name;
  TimePoint created = kNever, gone = kNever;
  Id down = kNone;  // the event since which it is not usable, until
  TimePoint up_again = kNever;
  std::vector<std::uint32_t> faults;  // that hit it
  Id told_to_go = kNone;              // the event by which its Pods were: a cordon, a taint
  Id last_freed = kNone;              // the last Pod that made room on it
  TimePoint freed_at = kNever;
};

enum class Stage : std::uint8_t { kCreated, kScheduled, kPulled, kStarted, kReady, kResolvable };
inline constexpr std::size_t kStages = 6;

enum class StartKind : std::uint8_t { kFirst, kResume, kJobSet, kJob, kInPlace };

// One start of a JobSet: its first, one after a suspension, or one that a restart brought.
struct StartRecord {
  StartKind kind = StartKind::kFirst;
  Id jobset = kNone, only_job = kNone;  // only_job: the Job that is made again alone
  std::int32_t number = 0;              // of the restart
  TimePoint began = kNever;             // as the JobSet's status says
  Id event = kNone;                     // kRestart; its cause says why
  TimePoint fault = kNever, failed = kNever, torn_down = kNever, bound = kNever, ready = kNever, ended = kNever;
  std::string ended_by;  // what came before it was ready again; "": nothing
  std::vector<Id> jobs, ended_jobs;
  std::uint32_t pods_down = 0, nodes_down = 0;
  double pod_seconds_done = 0;  // by the Pods that it ended: done again, but for checkpoints
  Summary stages[kStages];
  std::vector<PathStep> path;
  std::vector<Held> held;  // by faults; of one that did not become ready: what its Pods waited for
  bool settled = false;
  bool unseen = false;  // it was over, or had begun, before the ledger watched
};

// A Pod, or what runs in it, that was restarted by itself: its Job and JobSet went on.
enum class RepairKind : std::uint8_t {
  kContainers,   // by the kubelet, in the same Pod
  kReplacement,  // another Pod, by the Job controller
  kIndex         // the same of a Job whose indexes fail by themselves (backoffLimitPerIndex)
};
struct Repair {
  RepairKind kind = RepairKind::kContainers;
  Id pod = kNone, next = kNone;              // that ended, and took its place
  Id cause = kNone;                          // event
  TimePoint fault = kNever, ended = kNever;  // ended: known to the cluster
  TimePoint ready = kNever;                  // kContainers
  std::uint32_t times = 0;                   // kContainers: until it was ready again; else 1
  double seconds_done = 0;                   // that it had run
};

// Warnings that end nothing: of one reason, for the like objects.
struct Trouble {
  std::string what;
  std::size_t times = 0;
  std::set<std::string> objects;  // at most kMostNamed
  TimePoint first = kNever, last = kNever;
  Duration longest{};
  std::string object, example;
  Id cause = kNone;  // the event of the fault that it is put down to
};

}  // namespace jobset_twin::viz::report
