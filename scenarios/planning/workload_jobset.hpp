// workload_jobset.hpp - from a workload of a plan to what is submitted: its JobSet, made from the short form where no
// manifest gives one, with a namespace of its own; and the behaviours of its containers.
#pragma once

#include <vector>

#include "scenarios/planning/arrivals.hpp"

namespace jobset_twin::scenarios::planning {

inline constexpr const char* kGpu = "nvidia.com/gpu";

// The name that the JobSets of a workload have, each in its namespace.
const std::string& jobSetName(const Workload& workload);

// The objects of one arrival, not yet in its namespace. Those of a workload's arrivals with as many Pods and GPUs are
// alike. Finished JobSets are removed after a minute where the manifest does not say when: nothing is measured of them
// by then, and a long run would keep them all.
std::vector<api::ObjectPtr> objectsOf(const CapacityPlan& plan, const Arrival& arrival);
api::ObjectPtr placedIn(const api::ObjectPtr& object, const std::string& namespace_);

// What the containers of one arrival do, as far as it is its own: the run time of a shape, if not all are alike.
std::vector<workload::Behavior> behaviorsOf(const CapacityPlan& plan, const Arrival& arrival);
// What those of every arrival do: of manifests, and of shapes that are all alike.
std::vector<workload::Behavior> commonBehaviors(const CapacityPlan& plan);

// What a Pod of a JobSet asks for, and how many such Pods there are at once; by replicated job.
struct PodGroup {
  api::Shared<api::PodSpec> spec;
  std::int64_t pods = 1;
};
std::vector<PodGroup> podsOf(const api::Object& jobset);

}  // namespace jobset_twin::scenarios::planning
