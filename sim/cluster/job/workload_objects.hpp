// workload_objects.hpp - the Workload and the PodGroup of a Job (gate WorkloadWithJob, K-SCH-62): which Jobs have them,
// what they hold, and how those of a Job are found.
// Source: kubernetes 1.36 pkg/controller/job (scheduling.k8s.io/v1alpha2).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster::job {

// Indexed, with more than one Pod, all at once, and no group of its own.
bool isGang(const api::JobSpec& spec);

api::ObjectPtr makeWorkload(const api::Object& job);
// Of the Workload's one template; null: it has none, or several.
api::ObjectPtr makePodGroup(const api::Object& job, const api::Object& workload);

// Objects of one kind by (namespace, name).
using WorkloadObjects = std::map<std::pair<std::string, std::string>, api::ObjectPtr>;
struct Found {
  api::ObjectPtr object;  // null: none, or several
  std::size_t count = 0;
};
Found workloadOf(const WorkloadObjects& workloads, const api::Object& job);    // by spec.controllerRef
Found podGroupOf(const WorkloadObjects& groups, const api::Object& workload);  // by spec.podGroupTemplateRef
const api::OwnerReference* jobOwnerOf(const api::ObjectMeta& meta);            // whose Job is woken

}  // namespace jobset_twin::cluster::job
