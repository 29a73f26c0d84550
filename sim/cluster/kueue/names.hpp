// names.hpp - the words of Kueue's API that this program reads and writes: labels, condition types, reasons.
// Source: Kueue between 0.19.2 and 0.20, API kueue.x-k8s.io/v1beta2; spec/kubernetes.md section 8.
#pragma once

#include <string_view>

namespace jobset_twin::cluster::kueue {

inline constexpr std::string_view kGroup = "kueue.x-k8s.io";
inline constexpr const char* kApiVersion = "kueue.x-k8s.io/v1beta2";

// Labels and annotations.
inline constexpr std::string_view kQueueName = "kueue.x-k8s.io/queue-name";
inline constexpr std::string_view kPriorityClass = "kueue.x-k8s.io/priority-class";
inline constexpr std::string_view kMaxExecTime = "kueue.x-k8s.io/max-exec-time-seconds";
inline constexpr std::string_view kJobUid = "kueue.x-k8s.io/job-uid";
inline constexpr std::string_view kPodSetLabel = "kueue.x-k8s.io/podset";
inline constexpr std::string_view kLocalQueueLabel = "kueue.x-k8s.io/local-queue-name";
inline constexpr std::string_view kClusterQueueLabel = "kueue.x-k8s.io/cluster-queue-name";
inline constexpr std::string_view kWorkloadAnnotation = "kueue.x-k8s.io/workload";
inline constexpr std::string_view kInUse = "kueue.x-k8s.io/resource-in-use";  // finalizer

// Conditions of a Workload.
inline constexpr std::string_view kQuotaReserved = "QuotaReserved";
inline constexpr std::string_view kAdmitted = "Admitted";
inline constexpr std::string_view kPodsReady = "PodsReady";
inline constexpr std::string_view kFinished = "Finished";
inline constexpr std::string_view kEvicted = "Evicted";
inline constexpr std::string_view kPreempted = "Preempted";
inline constexpr std::string_view kRequeued = "Requeued";
inline constexpr std::string_view kDeactivationTarget = "DeactivationTarget";

// Reasons of Evicted.
inline constexpr std::string_view kDeactivated = "Deactivated";
inline constexpr std::string_view kPodsReadyTimeout = "PodsReadyTimeout";
inline constexpr std::string_view kClusterQueueStopped = "ClusterQueueStopped";
inline constexpr std::string_view kLocalQueueStopped = "LocalQueueStopped";

}  // namespace jobset_twin::cluster::kueue
