// job_view.hpp - everything that one sync of a Job reads, and the questions about its spec that several decisions ask.
#pragma once

#include <set>
#include <string>

#include "engine/api/object.hpp"
#include "sim/cluster/job/backoff.hpp"
#include "sim/cluster/job/job_pods.hpp"
#include "sim/cluster/kubernetes_gates.hpp"
#include "sim/cluster/timing.hpp"

namespace jobset_twin::cluster::job {

inline bool isIndexed(const api::JobSpec& spec) { return spec.completionMode && *spec.completionMode == "Indexed"; }
inline bool isSuspended(const api::JobSpec& spec) { return spec.suspend.value_or(false); }
inline bool perIndexBackoff(const api::JobSpec& spec) {
  return spec.backoffLimitPerIndex.has_value() && isIndexed(spec);
}
// K-JOB-38.
inline bool onlyReplaceFailed(const api::JobSpec& spec) {
  return spec.podFailurePolicy.has_value() || (spec.podReplacementPolicy && *spec.podReplacementPolicy == "Failed");
}
inline bool managedByOther(const api::JobSpec& spec) {  // K-JOB-21
  return spec.managedBy && *spec.managedBy != "kubernetes.io/job-controller";
}
inline std::int32_t backoffLimitOf(const api::JobSpec& spec) { return spec.backoffLimit.value_or(6); }

struct JobView {
  const api::Object& object;  // of kind Job
  const JobPods& pods;
  const std::set<std::string>& finalizers_removed;  // UIDs: taken off already, though the cache still shows them
  const BackoffRecord& backoff;
  bool expectations_met = true;
  api::TimePoint now;
  const JobControllerTiming& timing;
  const KubernetesGates& gates;

  const api::Job& job() const { return api::as<api::Job>(object); }
  const api::JobSpec& spec() const { return *job().spec; }
  // K-JOB-23.2: still to be counted as far as finalizers say.
  bool tracked(const PodFacts& facts) const {
    return facts.finalizer && !finalizers_removed.contains(facts.pod->meta.uid);
  }
  // Of an Indexed Job: has an index that the Job has now. Any Pod of a NonIndexed one.
  bool validIndex(const PodFacts& facts) const {
    return !isIndexed(spec()) || (facts.index != kNoIndex && facts.index < spec().completions.value_or(0));
  }
};

}  // namespace jobset_twin::cluster::job
