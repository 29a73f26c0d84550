// tracking.hpp - counting finished Pods without losing or repeating one: UIDs go into status.uncountedTerminatedPods,
// the finalizers come off, the UIDs become counts (K-JOB-39..41), and the terminal condition is due (K-JOB-70..73).
// Pure.
//
// Source: kubernetes pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers and below).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sim/cluster/job/manage_job.hpp"

namespace jobset_twin::cluster::job {

struct TrackPlan {
  bool write_first = false;           // status write #1 is needed
  bool more_to_count = false;         // the limit of uncounted Pods was reached: not finished in this sync
  std::vector<PodTarget> finalizers;  // of these Pods the tracking finalizer goes
  std::set<std::string> held;         // UIDs in uncountedTerminatedPods whose finalizer is still on
  Finish final;                       // what is written when everything is counted

  template <class Archive>
  void serialize(Archive& ar) {
    ar(write_first, more_to_count, finalizers, held, final);
  }
};

// Completes seen.status for write #1. status_changed: something else in the status changed already.
TrackPlan planTracking(const JobView& view, bool status_changed, Assessment& seen);

// Moves UIDs that are no longer held into the counts. Returns whether anything moved.
bool countReleased(api::JobStatus& status, const std::set<std::string>& held);

// Adds the terminal condition if nothing stands against it (K-JOB-70). Returns whether it did; if not, `waits_for` says
// for what.
bool enactFinish(api::JobStatus& status, const Finish& final, api::TimePoint now, std::string& waits_for);

}  // namespace jobset_twin::cluster::job
