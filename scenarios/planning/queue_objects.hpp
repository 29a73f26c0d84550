// queue_objects.hpp - a plan's queues as Kueue's objects. Its JobSets have a namespace each, so each of these has a
// LocalQueue, named as the ClusterQueue that it leads to.
#pragma once

#include <string>
#include <vector>

#include "scenarios/planning/capacity_plan.hpp"

namespace jobset_twin::scenarios::planning {

// The flavor and all ClusterQueues; empty: the plan has no queues.
std::vector<api::ObjectPtr> queueObjects(const CapacityPlan& plan);
// To be put into the namespace of each JobSet (placedIn). workload.queue must not be empty.
api::ObjectPtr localQueue(const Workload& workload);
// The JobSet asks for quota there.
api::ObjectPtr queued(const api::ObjectPtr& jobset, const std::string& queue);

// What the workload's queue says nothing of, although its Pods ask for it: Kueue would never admit them. "": nothing.
std::string resourceWithoutQuota(const CapacityPlan& plan, const Workload& workload);

}  // namespace jobset_twin::scenarios::planning
