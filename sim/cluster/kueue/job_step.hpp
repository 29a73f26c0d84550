// job_step.hpp - what Kueue does next for one JobSet or Job: at most one write, and what it tells about it
// (K-KUE-11 to 18). And what it does for a Workload by itself: evictions, timeouts, returns to the queue (K-KUE-50 to
// 55). Pure functions; the component carries them out.
//
// Source: Kueue pkg/controller/jobframework/reconciler.go, pkg/controller/core/workload_controller.go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/kueue/config.hpp"
#include "sim/cluster/kueue/queued_job.hpp"

namespace jobset_twin::cluster::kueue {

struct Said {  // an Event, once the write is done
  bool about_workload = false;
  bool warning = false;
  std::string reason, message;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(about_workload, warning, reason, message);
  }
};

struct Step {
  std::optional<api::Request> request;
  std::vector<Said> said;
  std::string problem;                       // it cannot go on: tried again later and later
  std::optional<api::TimePoint> look_again;  // something is due then
};

struct JobSituation {
  const api::Object* job = nullptr;      // null: gone
  const Workload* workload = nullptr;    // its own; null: none
  std::optional<std::int32_t> priority;  // of a new Workload; nothing: its class is not there
  const Flavors* flavors = nullptr;
  const WaitForPodsReady* wait = nullptr;
  api::TimePoint now{};
};
Step jobStep(const JobSituation& in);

enum class QueueState : std::uint8_t { kReady, kMissing, kStopped, kDraining };

struct WorkloadSituation {
  const Workload* workload = nullptr;
  QueueState local_queue = QueueState::kReady, cluster_queue = QueueState::kReady;
  std::string cluster_queue_name;
  const WaitForPodsReady* wait = nullptr;
  api::TimePoint now{};
};
Step workloadStep(const WorkloadSituation& in);

// The parts of an eviction; the quota goes when the job has stopped.
void evict(Workload& workload, std::string_view reason, std::string_view message, api::TimePoint now);

}  // namespace jobset_twin::cluster::kueue
