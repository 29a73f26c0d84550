// behavior.hpp - what a container does when the scenario says so (`behaviors`): run time, exit code, readiness,
// failures, waiting for names and peers, checkpoints. docs/scenario.md is the user's description.
//
// A run is: wait (names, then peers) -> restore (after a restart, if there is a checkpoint) -> work until the end, a
// failure or the next checkpoint -> exit. Work that was not checkpointed is lost with the container.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/workload/ask.hpp"
#include "sim/workload/distribution.hpp"
#include "sim/workload/models/group.hpp"
#include "sim/workload/models/spec.hpp"

namespace jobset_twin::workload {

// Which containers a behaviour is for; an empty member matches all.
struct BehaviorMatch {
  std::string namespace_, jobset, job, replicated_job, container;
  std::vector<std::int32_t> job_index, pod_index,
      attempt;  // attempt: restarts of the JobSet at creation plus restarts in place
  template <class Archive>
  void serialize(Archive& ar) {
    ar(namespace_, jobset, job, replicated_job, container, job_index, pod_index, attempt);
  }
};

struct FailureSpec {
  std::optional<Duration> at;             // after so much work
  std::optional<TimeDistribution> after;  // hazard: drawn anew for each run; it strikes during checkpoints, too
  std::vector<std::int32_t> attempts;     // only in these attempts; empty: all
  std::int32_t exit_code = 1;
  template <class Archive>
  void serialize(Archive& ar) {
    archiveOptional(ar, at);
    bool drawn = after.has_value();
    ar(drawn, attempts, exit_code);
    if (drawn) {
      if (!after) after.emplace();
      ar(*after);
    } else {
      after.reset();
    }
  }
};

struct CheckpointSpec {
  Duration every{}, cost{}, restore{};
  template <class Archive>
  void serialize(Archive& ar) {
    auto e = every.count(), c = cost.count(), r = restore.count();
    ar(e, c, r);
    every = Duration(e);
    cost = Duration(c);
    restore = Duration(r);
  }
};

// So many bytes from so long after the container's start on; before that what it requests.
struct UsageSpec {
  std::int64_t peak = 0;
  Duration at{};
};

struct Behavior {
  BehaviorMatch match;
  std::optional<TimeDistribution> run_time;  // absent: runs until it is stopped
  std::int32_t exit_code = 0;
  std::optional<Duration> ready_after;  // readiness, after the work began; absent: the container's own probe or at once
  std::vector<FailureSpec> failures;
  std::vector<std::string> wait_for_names;  // looked up each second until they resolve
  std::vector<std::string> wait_for_peers;  // replicated jobs, all of whose Pods must be Ready; "*": the whole JobSet
  std::optional<CheckpointSpec> checkpoint;
  std::optional<UsageSpec> memory, ephemeral_storage;
  std::optional<ModelSpec> model;  // works with others of its JobSet, instead of runTime (models/spec.hpp); failures
                                   // count from when it joined them
  bool handles_term = true;        // ends at SIGTERM with 143; false: only SIGKILL ends it
};

struct BehaviorRun {
  Behavior spec;  // not archived: looked up again by the kubelet after a load
  kernel::Stream stream{};
  std::int32_t attempt = 0;
  Duration work_total{}, work_done{},
      checkpointed{};                   // checkpointed: what survives the container; read back by the kubelet
  bool endless = false, began = false;  // began: waiting is over
  std::int32_t stage = 0;
  std::size_t next_wait = 0;
  std::optional<Duration> fails_at;  // work_done at which it fails
  std::optional<Duration> fails_in;  // the same by a hazard: what is left of the time since the waiting was over
  std::int32_t fail_code = 1, hazard_code = 1;
  Duration segment{};  // work or a checkpoint's time under way

  static BehaviorRun start(Behavior spec, kernel::Stream stream, std::int32_t attempt, Duration checkpointed);
  Ask advance(const AskAnswer& answer, std::vector<std::string>& log);
  template <class Archive>
  void serialize(Archive& ar) {
    auto total = work_total.count(), done = work_done.count(), kept = checkpointed.count(), part = segment.count();
    ar(stream, attempt, total, done, kept, part, endless, began, stage, next_wait, fail_code, hazard_code);
    work_total = Duration(total);
    work_done = Duration(done);
    checkpointed = Duration(kept);
    segment = Duration(part);
    archiveOptional(ar, fails_at);
    archiveOptional(ar, fails_in);
  }
};

// Where the time of a run that keeps checkpoints went, of `ran` since its waiting was over: what it had saved is
// useful, or all its work if it came to its end (`finished`); what came after the last checkpoint is lost. resumed: the
// work that it had from a checkpoint when it started.
GroupTimes timesOf(const BehaviorRun& run, Duration ran, Duration resumed, bool finished);

}  // namespace jobset_twin::workload
