// What Kueue does for a Workload by itself. See job_step.hpp.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/kueue/job_step.hpp"
#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

const api::Condition* found(const Workload& workload, std::string_view type) {
  return api::findCondition(workload.conditions, type);
}

Step write(const Workload& wanted, std::vector<Said> said = {}) {
  return {statusPatch(wanted), std::move(said), {}, {}};
}

// One that has no quota is out of the queue at once; otherwise its job has to stop first.
// `detail`: what the Event adds to the reason.
Step evicted(const WorkloadSituation& in, std::string_view reason, const std::string& message,
             std::string_view detail = {}) {
  Workload wanted = *in.workload;
  evict(wanted, reason, message, in.now);
  if (!wanted.is(kQuotaReserved)) {
    setCondition(wanted, kRequeued, false, reason, message, in.now);
    setCondition(wanted, kQuotaReserved, false, "Pending", message, in.now);
  }
  return write(wanted, {{true, false, fmt::format("EvictedDueTo{}{}", reason, detail), message}});
}

Step requeued(const WorkloadSituation& in, std::string_view reason, std::string_view message) {
  Workload wanted = *in.workload;
  setCondition(wanted, kRequeued, true, reason, message, in.now);
  if (reason == "Reactivated") {
    wanted.requeues = 0;
    wanted.requeue_at.reset();
    std::erase_if(wanted.conditions, [](const auto& one) { return one.type == kDeactivationTarget; });
  }
  return write(wanted);
}

// K-KUE-51: out, and back after a while that doubles; or out for good.
Step timedOut(const WorkloadSituation& in) {
  const WaitForPodsReady& wait = *in.wait;
  Workload wanted = *in.workload;
  const std::string message = fmt::format("Exceeded the PodsReady timeout {}", wanted.key);
  if (wait.backoff_limit && wanted.requeues + 1 > *wait.backoff_limit) {
    setCondition(wanted, kDeactivationTarget, true, "RequeuingLimitExceeded",
                 "exceeding the maximum number of re-queuing retries", in.now);
    return write(wanted);
  }
  std::int64_t seconds = wait.backoff_base_seconds;
  for (std::int32_t i = 0; i < wanted.requeues && seconds < wait.backoff_max_seconds; ++i) seconds *= 2;
  ++wanted.requeues;
  wanted.requeue_at = in.now + std::chrono::seconds(std::min(seconds, wait.backoff_max_seconds));
  evict(wanted, kPodsReadyTimeout, message, in.now);
  return write(wanted, {{true, false, "EvictedDueToPodsReadyTimeout", message}});
}

// When its Pods have to be ready; nothing: there is no such limit now.
std::optional<api::TimePoint> readyDeadline(const WorkloadSituation& in) {
  const Workload& workload = *in.workload;
  if (!in.wait->enable || !workload.is(kAdmitted) || workload.is(kEvicted)) return std::nullopt;
  const api::Condition* ready = found(workload, kPodsReady);
  if (ready && ready->status == "True") return std::nullopt;
  if (ready && ready->reason == "WaitForRecovery") return *ready->lastTransitionTime + in.wait->recovery_timeout;
  return *found(workload, kAdmitted)->lastTransitionTime + in.wait->timeout;
}

Step deactivated(const WorkloadSituation& in) {
  const Workload& workload = *in.workload;
  const api::Condition* evicted_before = found(workload, kEvicted);
  if (evicted_before && evicted_before->status == "True" && evicted_before->reason.starts_with(kDeactivated)) return {};
  const api::Condition* target = found(workload, kDeactivationTarget);
  if (target && target->status == "True") {
    return evicted(in, kDeactivated, "The workload is deactivated due to " + target->message, "DueTo" + target->reason);
  }
  return evicted(in, kDeactivated, "The workload is deactivated");
}

// Back to the queue, if what kept it out is over.
Step returned(const WorkloadSituation& in) {
  const Workload& workload = *in.workload;
  const api::Condition* requeue = found(workload, kRequeued);
  if (!requeue || requeue->status != "False" || workload.is(kQuotaReserved)) return {};
  if (requeue->reason.starts_with(kDeactivated)) return requeued(in, "Reactivated", "The workload was reactivated");
  if (requeue->reason == kPodsReadyTimeout) {
    const api::TimePoint at = workload.requeue_at.value_or(in.now);
    if (at > in.now) return {{}, {}, {}, at};
    return requeued(in, "BackoffFinished", "The workload backoff was finished");
  }
  if (requeue->reason == kClusterQueueStopped && in.cluster_queue == QueueState::kReady)
    return requeued(in, "ClusterQueueRestarted", "The ClusterQueue was restarted after being stopped");
  if (requeue->reason == kLocalQueueStopped && in.local_queue == QueueState::kReady)
    return requeued(in, "LocalQueueRestarted", "The LocalQueue was restarted after being stopped");
  return {};
}

// Why it is in no queue, for a Workload without quota.
Step unqueued(const WorkloadSituation& in) {
  std::string reason, message;
  const Workload& workload = *in.workload;
  const std::string& queue = workload.queue;
  if (in.local_queue == QueueState::kMissing) {
    reason = "Misconfigured", message = fmt::format("LocalQueue {} doesn't exist", queue);
  } else if (in.local_queue != QueueState::kReady) {
    reason = "Suspended", message = fmt::format("LocalQueue {} is inactive", queue);
  } else if (in.cluster_queue == QueueState::kMissing) {
    reason = "Misconfigured", message = fmt::format("ClusterQueue {} doesn't exist", in.cluster_queue_name);
  } else if (in.cluster_queue != QueueState::kReady) {
    reason = "Suspended", message = fmt::format("ClusterQueue {} is inactive", in.cluster_queue_name);
  } else {
    return {};
  }
  Workload wanted = workload;
  if (!setCondition(wanted, kQuotaReserved, false, reason, message, in.now)) return {};
  return write(wanted);
}

}  // namespace

Step workloadStep(const WorkloadSituation& in) {
  const Workload& workload = *in.workload;
  if (workload.is(kFinished) || workload.object->meta.deletionTimestamp) return {};
  if (!workload.active) return deactivated(in);
  if (workload.is(kDeactivationTarget) && !workload.is(kEvicted))
    return {specPatch(workload, "active", false), {}, {}, {}};
  if (Step step = returned(in); step.request || step.look_again) return step;
  if (!workload.is(kQuotaReserved)) return unqueued(in);
  if (workload.is(kEvicted)) return {};
  if (in.cluster_queue == QueueState::kDraining)
    return evicted(in, kClusterQueueStopped, "The ClusterQueue is stopped");
  if (in.local_queue == QueueState::kDraining) return evicted(in, kLocalQueueStopped, "The LocalQueue is stopped");
  std::optional<api::TimePoint> due = readyDeadline(in);
  if (due && *due <= in.now) return timedOut(in);
  if (workload.max_seconds && workload.is(kAdmitted)) {
    const api::TimePoint end =
        *found(workload, kAdmitted)->lastTransitionTime + std::chrono::seconds(*workload.max_seconds);
    if (end <= in.now) {
      Workload wanted = workload;
      setCondition(wanted, kDeactivationTarget, true, "MaximumExecutionTimeExceeded",
                   "exceeding the maximum execution time", in.now);
      return write(wanted);
    }
    due = due ? std::min(*due, end) : end;
  }
  return {{}, {}, {}, due};
}

}  // namespace jobset_twin::cluster::kueue
