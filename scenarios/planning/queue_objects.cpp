#include "scenarios/planning/queue_objects.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/read.hpp"
#include "scenarios/planning/workload_jobset.hpp"
#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using nlohmann::json;

constexpr const char* kFlavor = "default-flavor";

api::ObjectPtr made(const char* kind, json meta, json spec) {
  json document = {{"apiVersion", cluster::kueue::kApiVersion}, {"kind", kind}, {"metadata", std::move(meta)}};
  if (!spec.is_null()) document["spec"] = std::move(spec);
  api::Result<api::ObjectPtr> object = api::fromJson(document);
  TWIN_ASSERT(object.ok(), "a queue makes an object", kind);
  return *object;
}

json clusterQueueSpec(const Queue& queue) {
  json covered = json::array(), quotas = json::array();
  for (const auto& [resource, amount] : queue.nominal) {
    covered.push_back(resource);
    json quota = {{"name", resource}, {"nominalQuota", amount.toString()}};
    if (const auto limit = queue.borrowing.find(resource); limit != queue.borrowing.end())
      quota["borrowingLimit"] = limit->second.toString();
    quotas.push_back(std::move(quota));
  }
  json flavors = json::array({{{"name", kFlavor}, {"resources", std::move(quotas)}}});
  json spec = {{"namespaceSelector", json::object()}, {"queueingStrategy", queue.strategy}};
  spec["resourceGroups"] = json::array({{{"coveredResources", std::move(covered)}, {"flavors", std::move(flavors)}}});
  if (!queue.cohort.empty()) spec["cohortName"] = queue.cohort;
  if (!queue.within_queue.empty()) spec["preemption"]["withinClusterQueue"] = queue.within_queue;
  if (!queue.within_cohort.empty()) spec["preemption"]["reclaimWithinCohort"] = queue.within_cohort;
  return spec;
}

}  // namespace

std::vector<api::ObjectPtr> queueObjects(const CapacityPlan& plan) {
  std::vector<api::ObjectPtr> out;
  if (plan.queues.empty()) return out;
  out.push_back(made("ResourceFlavor", {{"name", kFlavor}}, nullptr));
  for (const Queue& queue : plan.queues)
    out.push_back(made("ClusterQueue", {{"name", queue.name}}, clusterQueueSpec(queue)));
  return out;
}

api::ObjectPtr localQueue(const Workload& workload) {
  return made("LocalQueue", {{"name", workload.queue}, {"namespace", "default"}}, {{"clusterQueue", workload.queue}});
}

api::ObjectPtr queued(const api::ObjectPtr& jobset, const std::string& queue) {
  const api::MutableObjectPtr changed = api::edit(jobset);
  changed->meta.labels.set(std::string(cluster::kueue::kQueueName), queue);
  return changed;
}

std::string resourceWithoutQuota(const CapacityPlan& plan, const Workload& workload) {
  const Queue* queue = plan.queue(workload.queue);
  if (!queue) return {};
  if (workload.shape) {
    for (const auto& [resource, amount] : workload.shape->requests)
      if (!queue->nominal.contains(resource)) return std::string(resource);
    const std::vector<TraceRow>& rows = workload.arrivals.rows;
    const bool gpus =
        std::any_of(rows.begin(), rows.end(), [](const TraceRow& row) { return row.gpus.value_or(0) > 0; });
    return gpus && !queue->nominal.contains(kGpu) ? kGpu : "";
  }
  for (const api::ObjectPtr& object : workload.objects) {
    if (object->kind() != api::Kind::kJobSet) continue;
    for (const PodGroup& group : podsOf(*object)) {
      for (const api::Container& container : group.spec->containers) {
        for (const api::ResourceList& list : {container.resources.requests, container.resources.limits})
          for (const auto& [resource, amount] : list)
            if (!queue->nominal.contains(resource)) return std::string(resource);
      }
    }
  }
  return {};
}

}  // namespace jobset_twin::scenarios::planning
