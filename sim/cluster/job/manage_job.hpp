// manage_job.hpp - how many Pods there should be: which to delete, which to create, or how long to wait (K-JOB-30..35,
// and the deletions of a Job that ends, K-JOB-23.6). Pure; carried out by the controller's sync (job_sync.hpp).
//
// Source: kubernetes pkg/controller/job/job_controller.go (manageJob, activePodsForRemoval, deleteActivePods).
#pragma once

#include <string>
#include <vector>

#include "sim/cluster/job/assess.hpp"

namespace jobset_twin::cluster::job {

struct PodTarget {
  std::string name, uid;
  bool ready = false;
  bool finalizer = false;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, uid, ready, finalizer);
  }
};

struct NewPod {
  std::int32_t index = kNoIndex;
  std::int32_t failures = 0, ignored_failures = 0;  // K-JOB-7: the index's counts before this Pod
  template <class Archive>
  void serialize(Archive& ar) {
    ar(index, failures, ignored_failures);
  }
};

enum class Work : std::uint8_t {
  kNone,
  kEnd,     // the Job ends: DELETE, finalizers stay on
  kRemove,  // suspended or too many: finalizer off first, then DELETE (not counted as failed)
  kCreate,
  kWait  // back-off: creates nothing before `wait` has passed
};

struct ManagePlan {
  Work work = Work::kNone;
  std::vector<PodTarget> victims;  // kEnd, kRemove
  std::vector<NewPod> pods;        // kCreate, in the order of creation
  api::Duration wait{};            // kWait; at least the batch period
  std::string why;                 // in words, for the timeline

  template <class Archive>
  void serialize(Archive& ar) {
    ar(work, victims, pods, why);
    kernel::serializeDuration(ar, wait);
  }
};

// The victims of a finish, or what the number of Pods asks for. kNone while expectations are open or the Job is being
// deleted.
ManagePlan planWork(const JobView& view, const Assessment& seen);

// Active Pods to be removed: at least `at_least` (fewer if there are not so many), and every surplus one of an Indexed
// Job.
std::vector<JobPods::Slot> victimsOf(const JobView& view, std::int64_t at_least);

PodTarget targetOf(const PodFacts& facts);

}  // namespace jobset_twin::cluster::job
