#include "sim/cluster/kueue/workload.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/read.hpp"
#include "engine/api/saved_file.hpp"
#include "sim/cluster/kueue/names.hpp"
#include "sim/cluster/scheduler/pod_requests.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

using nlohmann::json;

const json& at(const json& of, std::initializer_list<const char*> path) {
  static const json none;
  const json* found = api::jsonAt(of, path);
  return found ? *found : none;
}

std::int64_t number(const json& of, const char* name, std::int64_t otherwise) {
  const json& found = at(of, {name});
  return found.is_number_integer() ? found.get<std::int64_t>() : otherwise;
}
std::optional<api::TimePoint> time(const json& of, const char* name) {
  const auto parsed = api::parseTime(api::textAt(of, {name}));
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

void readPodSets(const json& spec, Workload& out) {
  std::string shape = std::to_string(out.priority);
  for (const json& one : at(spec, {"podSets"})) {
    PodSet podset;
    podset.name = api::textAt(one, {"name"});
    podset.count = number(one, "count", 1);
    const json& pod_spec = at(one, {"template", "spec"});
    const api::ObjectPtr pod = api::fromTrustedJson(
        {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "x"}}}, {"spec", pod_spec}});
    podset.spec = api::as<api::Pod>(pod).spec;
    podset.requests = requestsOf(*podset.spec);
    shape += fmt::format("|{}*{}", podset.name, podset.count);
    for (const auto& [resource, amount] : podset.requests) shape += fmt::format(",{}={}", resource, amount);
    for (const char* part : {"nodeSelector", "tolerations", "affinity"}) shape += at(pod_spec, {part}).dump();
    out.podsets.push_back(std::move(podset));
  }
  out.shape = api::hashOfBytes(shape);
}

std::vector<api::Condition> conditionsAt(const json& status) {
  std::vector<api::Condition> out;
  for (const json& one : at(status, {"conditions"})) {
    api::Condition condition;
    condition.type = api::textAt(one, {"type"});
    condition.status = api::textAt(one, {"status"});
    condition.reason = api::textAt(one, {"reason"});
    condition.message = api::textAt(one, {"message"});
    condition.lastTransitionTime = time(one, "lastTransitionTime");
    out.push_back(std::move(condition));
  }
  return out;
}

void readAdmission(const json& status, Workload& out) {
  const json& admission = at(status, {"admission"});
  if (!admission.is_object()) return;
  Admission& read = out.admission.emplace();
  read.cluster_queue = api::textAt(admission, {"clusterQueue"});
  for (const json& one : at(admission, {"podSetAssignments"})) {
    PodSetAssignment podset;
    podset.name = api::textAt(one, {"name"});
    podset.count = number(one, "count", 0);
    for (const auto& [resource, flavor] : at(one, {"flavors"}).items())
      podset.flavors[resource] = flavor.is_string() ? flavor.get<std::string>() : std::string();
    for (const auto& [resource, amount] : at(one, {"resourceUsage"}).items()) {
      const auto parsed = api::Quantity::parse(amount.is_string() ? amount.get<std::string>() : amount.dump());
      if (parsed.ok()) podset.usage[resource] = amountOf(resource, *parsed);
    }
    read.podsets.push_back(std::move(podset));
  }
}

json conditionsJson(const Workload& workload) {
  json out = json::array();
  for (const api::Condition& condition : workload.conditions) {
    json one = {{"type", condition.type},
                {"status", condition.status},
                {"reason", condition.reason},
                {"message", condition.message}};
    if (condition.lastTransitionTime) one["lastTransitionTime"] = api::formatTime(*condition.lastTransitionTime);
    out.push_back(std::move(one));
  }
  return out;
}

// null takes it away.
json admissionJson(const Workload& workload) {
  if (!workload.admission) return nullptr;
  json podsets = json::array();
  for (const PodSetAssignment& podset : workload.admission->podsets) {
    json usage = json::object();
    for (const auto& [resource, amount] : podset.usage) usage[resource] = amountText(resource, amount);
    podsets.push_back(
        {{"name", podset.name}, {"flavors", podset.flavors}, {"resourceUsage", usage}, {"count", podset.count}});
  }
  return {{"clusterQueue", workload.admission->cluster_queue}, {"podSetAssignments", podsets}};
}

json requeueJson(const Workload& workload) {
  if (workload.requeues == 0) return nullptr;
  json out = {{"count", workload.requeues}};
  out["requeueAt"] = workload.requeue_at ? json(api::formatTime(*workload.requeue_at)) : json(nullptr);
  return out;
}

}  // namespace

std::vector<api::Condition> conditionsOf(const api::Object& object) {
  return conditionsAt(at(contentOf(object), {"status"}));
}

std::map<std::string, Amount> requestsOf(const api::PodSpec& spec) {
  api::PodSpec filled = spec;
  for (std::vector<api::Container>* containers : {&filled.initContainers, &filled.containers}) {
    for (api::Container& container : *containers) {
      for (const auto& [resource, limit] : container.resources.limits)
        container.resources.requests.try_emplace(resource, limit);
    }
  }
  return podRequests(filled).amounts;
}

Workload readWorkload(const api::ObjectPtr& object, const Workload* before) {
  const json& content = contentOf(*object);
  const json& spec = at(content, {"spec"});
  const json& status = at(content, {"status"});
  Workload out;
  out.object = object;
  out.key = object->meta.namespace_ + "/" + object->meta.name;
  out.queue = api::textAt(spec, {"queueName"});
  out.priority = static_cast<std::int32_t>(number(spec, "priority", 0));
  const json& active = at(spec, {"active"});
  out.active = !active.is_boolean() || active.get<bool>();
  if (const json& most = at(spec, {"maximumExecutionTimeSeconds"}); most.is_number_integer())
    out.max_seconds = most.get<std::int64_t>();
  if (before && at(contentOf(*before->object), {"spec", "podSets"}) == at(spec, {"podSets"}) &&
      before->priority == out.priority) {
    out.podsets = before->podsets;
    out.shape = before->shape;
  } else {
    readPodSets(spec, out);
  }
  out.conditions = conditionsAt(status);
  readAdmission(status, out);
  const json& requeue = at(status, {"requeueState"});
  out.requeues = static_cast<std::int32_t>(number(requeue, "count", 0));
  out.requeue_at = time(requeue, "requeueAt");
  for (const json& one : at(status, {"reclaimablePods"}))
    out.reclaimable[api::textAt(one, {"name"})] = number(one, "count", 0);
  return out;
}

bool setCondition(Workload& workload, std::string_view type, bool status, std::string_view reason,
                  std::string_view message, api::TimePoint now) {
  api::Condition wanted;
  wanted.type = type;
  wanted.status = status ? "True" : "False";
  wanted.reason = reason;
  wanted.message = message;
  wanted.lastTransitionTime = api::truncateToSeconds(now);
  api::Condition* present = api::findCondition(workload.conditions, type);
  if (!present) {
    workload.conditions.push_back(std::move(wanted));
    return true;
  }
  if (present->status == wanted.status) wanted.lastTransitionTime = present->lastTransitionTime;
  if (*present == wanted) return false;
  *present = std::move(wanted);
  return true;
}

api::Patch mergePatch(json body) { return api::MergePatch{api::Raw(std::move(body))}; }

api::Request statusPatch(const Workload& wanted) {
  json status = {{"conditions", conditionsJson(wanted)},
                 {"admission", admissionJson(wanted)},
                 {"requeueState", requeueJson(wanted)}};
  json reclaimable = json::array();
  for (const auto& [name, count] : wanted.reclaimable) reclaimable.push_back({{"name", name}, {"count", count}});
  status["reclaimablePods"] = reclaimable.empty() ? json(nullptr) : reclaimable;
  api::Request request = api::patchStatusRequest(api::keyOf(*wanted.object), mergePatch({{"status", status}}));
  request.patch_resource_version = wanted.object->meta.resourceVersion;
  return request;
}

api::Request specPatch(const Workload& of, const char* field, json value) {
  api::Request request = api::patchRequest(api::keyOf(*of.object), mergePatch({{"spec", {{field, std::move(value)}}}}));
  request.patch_resource_version = of.object->meta.resourceVersion;
  return request;
}

Usage usageOf(const Workload& workload) {
  Usage out;
  if (!workload.admission) return out;
  for (const PodSetAssignment& podset : workload.admission->podsets) {
    const auto given_back = workload.reclaimable.find(podset.name);
    const std::int64_t left =
        podset.count - (given_back == workload.reclaimable.end() ? 0 : std::min(given_back->second, podset.count));
    for (const auto& [resource, amount] : podset.usage) {
      const auto flavor = podset.flavors.find(resource);
      if (flavor == podset.flavors.end()) continue;
      out[{flavor->second, resource}] += podset.count > 0 ? amount / podset.count * left : amount;
    }
  }
  return out;
}

Rank rankOf(const Workload& workload, bool by_eviction) {
  const api::ObjectMeta& meta = workload.object->meta;
  Rank rank{workload.priority, meta.creationTimestamp.value_or(api::TimePoint{}), meta.uid, workload.key};
  const api::Condition* evicted = api::findCondition(workload.conditions, kEvicted);
  if (by_eviction && evicted && evicted->status == "True" && evicted->reason == kPodsReadyTimeout)
    rank.since = evicted->lastTransitionTime.value_or(rank.since);
  return rank;
}

}  // namespace jobset_twin::cluster::kueue
