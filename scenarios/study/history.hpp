// history.hpp - what became of the workloads of a run, their Jobs and their Pods, from the stored changes alone: a
// small record for each, from which figures are made once the run is over (figures.hpp).
//
// A workload is a JobSet, or a Job that no JobSet owns. No object is kept but the versions of a JobSet whose spec
// differs, of which there are few. Files: history_workload (JobSets), history_job, history_pod.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/api/object.hpp"
#include "scenarios/study/capacity.hpp"
#include "scenarios/study/restart_causes.hpp"

namespace jobset_twin::scenarios::study {

using Id = std::uint32_t;
inline constexpr Id kNone = UINT32_MAX;

// A Pod, or a container in it, that ended before its work was done.
struct Failure {
  Cause cause = Cause::kUnknown;
  TimePoint at{};
  Id pod = kNone;
};

struct PodRecord {
  std::string name;
  Id job = kNone;           // that makes it; none: its work is no workload's
  std::int32_t index = -1;  // in its Job; -1: it has none
  NodeId node = kNoNode;    // once it is bound
  Amount asks{};
  bool takes = false;  // it takes so much of its node: bound, and not ended
  TimePoint deleting = kNever;
  TimePoint runs_since = kNever;  // its first container does, now
  Duration kept{}, lost{};        // of its runs that are over: kept, unless the Pod or its Job comes to nothing
  std::int32_t runs = 0;          // restarts of that container
  std::int32_t restarts = 0;      // of all its containers
  std::int32_t errors = 0;        // runs of those whose last end was an error
  bool ready = false, over = false, succeeded = false, failed = false, disrupted = false;
  bool lacks_image = false;  // it waits for one that the registry refuses
};

struct JobRecord {
  std::string name;
  Id workload = kNone;
  std::size_t part = 0;  // of the workload's parts
  std::int32_t parallelism = 1, backoff_limit = 6;
  std::optional<std::int32_t> completions;
  std::int64_t remaining = 0;             // Pods that it is still to have at once
  std::int32_t ready = 0, succeeded = 0;  // Pods
  std::int32_t lacking_image = 0;         // Pods
  TimePoint last_pod = TimePoint::min();  // that was created
  bool satisfied = false;                 // all its Pods are ready or have succeeded
  bool success = false, failing = false, suspended = false;
  bool discarded = false;  // deleted before its workload was over: what it did counts for nothing
  TimePoint failed = kNever;
  std::optional<Failure> failure;   // that made it fail
  std::vector<Failure> failures;    // of its Pods, the first ones and the last
  std::optional<Failure> exit;      // the last of a container that ended with an error
  std::optional<Failure> deletion;  // the first of a Pod that somebody deleted
};

// A replicated job of a JobSet; of a Job the only one.
struct PartRecord {
  std::string name;
  std::int32_t replicas = 1, pods = 1;  // Jobs, and Pods of each at once
  bool waits = false;                   // starts after others
  std::int32_t existing = 0;            // Jobs
};

struct WorkloadRecord {
  std::string kind, namespace_, name, uid;
  std::string state, reason;  // "Completed", "Failed", ""; of Failed
  TimePoint submitted{};
  TimePoint first_node = kNever, ready = kNever;
  TimePoint over = kNever;  // completed, failed or deleted
  std::vector<PartRecord> parts;
  std::vector<std::pair<TimePoint, api::ObjectPtr>> specs;  // of a JobSet: each, from when on
  std::vector<Id> jobs;                                     // that exist
  std::int64_t satisfied = 0;                               // Jobs
  std::vector<Cause> restarts;
  std::optional<Failure> exit;  // the first of a container since the last restart
  std::int32_t made_anew = 0;   // restarts since the last in place
  // Pods that it is to have, over time: those of its Jobs, and of Jobs that are missing (wantedPods).
  std::int64_t of_jobs = 0;
  double wanted = 0;  // Pod nanoseconds, until `since`
  TimePoint since{};

  bool completed() const { return state == "Completed"; }
};

class History {
 public:
  explicit History(Capacity& capacity) : capacity_(capacity) {}
  void onChange(const apiserver::WatchEvent& change);
  // Counts what still goes on up to here. To be called once.
  void finish(TimePoint end);

  const std::vector<WorkloadRecord>& workloads() const { return workloads_; }  // in order of submission
  const std::vector<JobRecord>& jobs() const { return jobs_; }
  const std::vector<PodRecord>& pods() const { return pods_; }
  Id workloadWithUid(const std::string& uid) const;
  std::int64_t podFailures() const { return pod_failures_; }
  std::int64_t podRestarts() const { return pod_restarts_; }  // of containers, in place
  // What the cluster's nodes came to until the last workload was over; until the end if one is not.
  const CapacityTotals& untilOver() const { return until_over_; }

 private:
  // history_workload.cpp
  void jobSet(const apiserver::WatchEvent& change);
  void readParts(WorkloadRecord& workload, const api::JobSetSpec& spec);
  Id makeWorkload(const apiserver::WatchEvent& change, std::string_view kind);
  void end(WorkloadRecord& workload, std::string_view state, std::string_view reason, TimePoint at);
  static std::int64_t wantedPods(const WorkloadRecord& workload);
  static void advance(WorkloadRecord& workload, TimePoint at);
  void restarts(const apiserver::WatchEvent& change, WorkloadRecord& workload);
  void jobRestarts(const apiserver::WatchEvent& change, WorkloadRecord& workload);
  Cause causeOf(const std::optional<Failure>& failure) const;
  Cause restartCause(const WorkloadRecord& workload, const api::JobSetStatus& status) const;
  // history_job.cpp
  void job(const apiserver::WatchEvent& change);
  Id jobRecord(const apiserver::WatchEvent& change);
  void jobConditions(const apiserver::WatchEvent& change, JobRecord& job);
  void discard(JobRecord& job, TimePoint at);
  void count(JobRecord& job, TimePoint at);
  std::optional<Failure> failureOf(const JobRecord& job, const api::Condition& condition) const;
  // history_pod.cpp
  void pod(const apiserver::WatchEvent& change);
  Id podRecord(const apiserver::WatchEvent& change);
  void bind(PodRecord& pod, const api::Pod& now, TimePoint at);
  void podEnds(Id id, const api::Pod& now, bool deleting, TimePoint at);
  void failed(Id id, Cause cause, TimePoint at);
  void containers(Id id, const api::PodStatus& status, TimePoint at);
  void runs(PodRecord& pod, const api::PodStatus& status, TimePoint at);
  void closeRun(PodRecord& pod, bool kept, TimePoint at);
  void gone(PodRecord& pod, TimePoint at);
  void release(PodRecord& pod, TimePoint at);
  const NodeState* nodeOf(const PodRecord& pod) const;

  Capacity& capacity_;
  std::vector<WorkloadRecord> workloads_;
  std::vector<JobRecord> jobs_;
  std::vector<PodRecord> pods_;
  // Of those that exist; looked up only, so that their order is not seen.
  std::unordered_map<std::string, Id> workload_by_uid_, job_by_uid_, pod_by_uid_;
  std::int64_t pod_failures_ = 0, pod_restarts_ = 0;
  std::size_t unfinished_ = 0;  // workloads
  CapacityTotals until_over_;
};

}  // namespace jobset_twin::scenarios::study
