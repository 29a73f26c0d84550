// kubernetes_gates.hpp - what differs between the Kubernetes releases that a scenario may ask for, as far as the Job
// controller and the Job's validation are concerned. Source: spec/kubernetes.md table 1.2 (kube_features 1.36.3).
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
