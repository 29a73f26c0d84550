// job_sync.hpp - one running sync of a Job as a value: the steps of K-JOB-23 as a state machine over the API server's
// answers, because every request takes time.
//
//   kThinking     the pass takes its time (timing.job.sync); then the caches are read and the work is planned
//   kWorking      Pods are deleted (all at once) or created (slow start, K-JOB-36)
//   kFirstWrite   status with uncounted Pods and the interim condition
//   kFinalizers   tracking finalizers come off
//   kRescueWrite  some did not: the partial counts are written before the sync fails
//   kSecondWrite  counts and the terminal condition
// What the steps decide is in assess, manage_job, settle and tracking; job_sync.cpp is their order only.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/cluster/job/settle.hpp"
#include "sim/cluster/job/tracking.hpp"

namespace jobset_twin::cluster::job {

enum class Stage : std::uint8_t { kThinking, kWorking, kFirstWrite, kFinalizers, kRescueWrite, kSecondWrite };

struct JobSync {
  Stage stage = Stage::kThinking;
  api::ObjectPtr job;      // as read from the cache at the beginning
  api::ObjectPtr written;  // what status writes are based on: job, or the answer to the first write
  bool expectations_met = true;
  Assessment seen;
  ManagePlan plan;
  CountsBefore before;
  WorkOutcome outcome;
  TrackPlan track;
  std::uint32_t next = 0;         // kWorking, creating: the first Pod not sent yet
  std::uint32_t batch = 0;        // size of the batch that is out
  std::uint32_t outstanding = 0;  // requests without an answer
  bool write_second = false, finished = false;
  std::string work_error, track_error;  // the first of each; "" none
  std::string pod_group;                // that new Pods belong to; "" none

  template <class Archive>
  void save(Archive& ar) const {
    api::ObjectPtr status = carrier(seen.status);
    std::vector<api::ObjectPtr> candidates;
    for (const PodFacts& facts : seen.candidates) candidates.push_back(facts.pod);
    ar(stage, job, written, expectations_met, status, candidates, seen.succeeded, seen.failed, seen.backoff,
       seen.finish, seen.counted_indexes, seen.succeeded_indexes, seen.failed_indexes, seen.delayed,
       seen.uncounted_succeeded, seen.uncounted_failed, seen.why, plan, before, outcome, track, next, batch,
       outstanding, write_second, finished, work_error, track_error, pod_group);
  }
  template <class Archive>
  void load(Archive& ar) {
    api::ObjectPtr status;
    std::vector<api::ObjectPtr> candidates;
    *this = JobSync();
    ar(stage, job, written, expectations_met, status, candidates, seen.succeeded, seen.failed, seen.backoff,
       seen.finish, seen.counted_indexes, seen.succeeded_indexes, seen.failed_indexes, seen.delayed,
       seen.uncounted_succeeded, seen.uncounted_failed, seen.why, plan, before, outcome, track, next, batch,
       outstanding, write_second, finished, work_error, track_error, pod_group);
    seen.status = api::as<api::Job>(status).status;
    for (api::ObjectPtr& pod : candidates) seen.candidates.push_back(factsOf(std::move(pod)));
  }

 private:
  static api::ObjectPtr carrier(const api::JobStatus& status) {  // so that a status travels as a part of an object
    api::Job body;
    body.status = status;
    return api::makeObject(std::move(body));
  }
};

}  // namespace jobset_twin::cluster::job
