#include "scenarios/planning/workload_jobset.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/jobset.hpp"
#include "engine/api/read.hpp"
#include "scenarios/planning/queue_objects.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

using nlohmann::json;

constexpr std::int32_t kFinishedFor = 60;  // seconds

json quantitiesJson(const api::ResourceList& list) {
  json out = json::object();
  for (const auto& [resource, amount] : list) out[resource] = amount.toString();
  return out;
}

json shapeJson(const std::string& name, const Shape& shape, std::int32_t pods, std::optional<std::int64_t> gpus) {
  api::ResourceList requests = shape.requests;
  if (gpus) {
    requests.erase(kGpu);
    if (const std::int64_t each = (*gpus + pods - 1) / pods; each > 0) requests[kGpu] = api::Quantity(each);
  }
  api::ResourceList limits;  // extended resources must have them
  for (const auto& [resource, amount] : requests) {
    if (resource.find('/') != std::string::npos) limits[resource] = amount;
  }
  json container = {{"name", "worker"}, {"image", name}};
  if (!requests.empty()) container["resources"]["requests"] = quantitiesJson(requests);
  if (!limits.empty()) container["resources"]["limits"] = quantitiesJson(limits);
  json pod = {{"restartPolicy", "Never"}, {"containers", json::array({std::move(container)})}};
  for (const auto& [key, value] : shape.node_selector) pod["nodeSelector"][std::string(key)] = value;
  const json job = {{"backoffLimit", 0},
                    {"completionMode", "Indexed"},
                    {"parallelism", pods},
                    {"completions", pods},
                    {"template", {{"spec", std::move(pod)}}}};
  json policy = {{"maxRestarts", shape.max_restarts}};
  if (!shape.restart_strategy.empty()) policy["restartStrategy"] = shape.restart_strategy;
  return {{"apiVersion", "jobset.x-k8s.io/v1alpha2"},
          {"kind", "JobSet"},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec",
           {{"network", {{"enableDNSHostnames", false}}},
            {"failurePolicy", std::move(policy)},
            {"replicatedJobs", {{{"name", "workers"}, {"template", {{"spec", job}}}}}}}}};
}

workload::Behavior shapeBehavior(const Shape& shape, Duration run_time) {
  workload::Behavior out;
  TimeDistribution constant;
  constant.a = run_time;
  out.run_time = constant;
  out.checkpoint = shape.checkpoint;
  return out;
}

// All JobSets of the workload run equally long.
bool alike(const Workload& workload) {
  return workload.shape && workload.shape->run_time &&
         workload.shape->run_time->kind == TimeDistribution::Kind::kConstant;
}

}  // namespace

const std::string& jobSetName(const Workload& workload) {
  for (const api::ObjectPtr& object : workload.objects)
    if (object->kind() == api::Kind::kJobSet) return object->meta.name;
  return workload.name;
}

std::vector<api::ObjectPtr> objectsOf(const CapacityPlan& plan, const Arrival& arrival) {
  const Workload& workload = plan.workloads[arrival.workload];
  std::vector<api::ObjectPtr> objects = workload.objects;
  if (workload.shape) {
    api::Result<api::ObjectPtr> made =
        api::fromJson(shapeJson(workload.name, *workload.shape, arrival.pods, arrival.gpus));
    TWIN_ASSERT(made.ok(), "a shape makes a JobSet", workload.name);
    objects.push_back(*made);
  }
  for (api::ObjectPtr& object : objects) {
    if (object->kind() != api::Kind::kJobSet) continue;
    if (!workload.queue.empty()) object = queued(object, workload.queue);
    if (api::as<api::JobSet>(object).spec->ttlSecondsAfterFinished) continue;
    const api::MutableObjectPtr changed = api::edit(object);
    api::as<api::JobSet>(*changed).spec.mut().ttlSecondsAfterFinished = kFinishedFor;
    object = changed;
  }
  return objects;
}

api::ObjectPtr placedIn(const api::ObjectPtr& object, const std::string& namespace_) {
  if (object->meta.namespace_.empty()) return object;
  const api::MutableObjectPtr placed = api::edit(object);
  placed->meta.namespace_ = namespace_;
  return placed;
}

std::vector<workload::Behavior> behaviorsOf(const CapacityPlan& plan, const Arrival& arrival) {
  const Workload& workload = plan.workloads[arrival.workload];
  if (!workload.shape || alike(workload)) return {};
  workload::Behavior behavior = shapeBehavior(*workload.shape, arrival.run_time.value_or(Duration{}));
  behavior.match.namespace_ = arrival.namespaceIn(plan);
  return {std::move(behavior)};
}

std::vector<workload::Behavior> commonBehaviors(const CapacityPlan& plan) {
  std::vector<workload::Behavior> out;
  for (const Workload& workload : plan.workloads) {
    if (alike(workload)) {
      out.push_back(shapeBehavior(*workload.shape, workload.shape->run_time->a));
      out.back().match.jobset = workload.name;
    }
    for (workload::Behavior behavior : workload.behaviors) {
      if (behavior.match.jobset.empty()) behavior.match.jobset = jobSetName(workload);
      out.push_back(std::move(behavior));
    }
  }
  out.insert(out.end(), plan.scenario.behaviors.begin(), plan.scenario.behaviors.end());
  return out;
}

std::vector<PodGroup> podsOf(const api::Object& jobset) {
  std::vector<PodGroup> out;
  for (const api::ReplicatedJob& job : api::as<api::JobSet>(jobset).spec->replicatedJobs) {
    const api::JobSpec& spec = *job.template_.spec;
    std::int64_t pods = spec.parallelism.value_or(1);
    if (spec.completions) pods = std::min<std::int64_t>(pods, *spec.completions);
    out.push_back({spec.template_.spec, pods * job.replicas.value_or(1)});
  }
  return out;
}

}  // namespace jobset_twin::scenarios::planning
