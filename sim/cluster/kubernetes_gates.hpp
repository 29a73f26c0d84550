// kubernetes_gates.hpp - what differs between the Kubernetes releases that a scenario may ask for, as far as the Job
// controller and the Job's validation are concerned, and the alpha gates of workload-aware scheduling.
// Source: spec/kubernetes.md table 1.2 and K-SCH-60 to 62 (kube_features 1.36.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jobset_twin::cluster {

struct KubernetesGates {
  std::int32_t minor = 36;
  // GA (and so always on) in every release that is modelled: JobPodReplacementPolicy, JobSuccessPolicy,
  // JobBackoffLimitPerIndex, PodIndexLabel. JobManagedBy is on in all of them (beta in 1.34).
  bool JobManagedBy = true;
  bool MutableSchedulingDirectivesForSuspendedJobs = true;  // K-JOB-12, 63
  bool MutablePodResourcesForSuspendedJobs = true;          // K-JOB-12
  bool StaleControllerConsistencyJob = true;                // K-JOB-22
  friend bool operator==(const KubernetesGates&, const KubernetesGates&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(minor, JobManagedBy, MutableSchedulingDirectivesForSuspendedJobs, MutablePodResourcesForSuspendedJobs,
       StaleControllerConsistencyJob);
  }
};

// Alpha in 1.36, off by default. Each of the others does nothing without GenericWorkload.
struct WorkloadGates {
  bool GenericWorkload = false;                  // Workload and PodGroup are served, Pods may name their group
  bool GangScheduling = false;                   // minCount Pods of a group, or none
  bool TopologyAwareWorkloadScheduling = false;  // all in one domain, if the group asks for it
  bool WorkloadAwarePreemption = false;          // makes room for a group at once; disruptionMode is heeded
  bool WorkloadWithJob = false;                  // the Job controller makes a Workload and a PodGroup for each Job
  friend bool operator==(const WorkloadGates&, const WorkloadGates&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(GenericWorkload, GangScheduling, TopologyAwareWorkloadScheduling, WorkloadAwarePreemption, WorkloadWithJob);
  }
};
struct WorkloadGate {
  std::string_view name;
  bool WorkloadGates::*member;
};
inline constexpr WorkloadGate kWorkloadGates[] = {
    {"GangScheduling", &WorkloadGates::GangScheduling},
    {"GenericWorkload", &WorkloadGates::GenericWorkload},
    {"TopologyAwareWorkloadScheduling", &WorkloadGates::TopologyAwareWorkloadScheduling},
    {"WorkloadAwarePreemption", &WorkloadGates::WorkloadAwarePreemption},
    {"WorkloadWithJob", &WorkloadGates::WorkloadWithJob},
};

// The defaults of a release: 34, 35 or 36.
constexpr KubernetesGates gatesOf(std::int32_t minor) {
  KubernetesGates gates;
  gates.minor = minor;
  if (minor < 36) {
    gates.MutableSchedulingDirectivesForSuspendedJobs = false;
    gates.MutablePodResourcesForSuspendedJobs = false;
    gates.StaleControllerConsistencyJob = false;
  }
  return gates;
}

// A scenario's kubernetesVersion: "1.34", "1.35", "1.36", with or without "v" and a patch number. 0: none of these.
inline std::int32_t kubernetesMinor(std::string_view version) {
  if (!version.empty() && version.front() == 'v') version.remove_prefix(1);
  if (version.size() < 4 || version.substr(0, 3) != "1.3") return 0;
  if (version.size() > 4 && version[4] != '.') return 0;
  const std::int32_t minor = 30 + (version[3] - '0');
  return minor >= 34 && minor <= 36 ? minor : 0;
}

}  // namespace jobset_twin::cluster
