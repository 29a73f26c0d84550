// workload.hpp - a Workload of kueue.x-k8s.io as Kueue sees it: what it asks for, where it stands (K-KUE-4, 5), and the
// writes that change it. Not to be confused with scheduling.k8s.io Workloads (scheduler/gangs.hpp).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/request.hpp"
#include "sim/cluster/kueue/pending_queue.hpp"
#include "sim/cluster/kueue/specs.hpp"

namespace jobset_twin::cluster::kueue {

struct PodSet {
  std::string name;
  std::int64_t count = 1;
  std::map<std::string, Amount> requests;  // of one Pod; limits where it has no requests (K-KUE-33)
  api::Shared<api::PodSpec> spec;
};

struct PodSetAssignment {
  std::string name;
  std::map<std::string, std::string> flavors;  // by resource
  std::map<std::string, Amount> usage;         // by resource, of all its Pods
  std::int64_t count = 0;
};

struct Admission {
  std::string cluster_queue;
  std::vector<PodSetAssignment> podsets;
};

struct Workload {
  api::ObjectPtr object;
  std::string key;    // "namespace/name"
  std::string queue;  // LocalQueue
  std::int32_t priority = 0;
  bool active = true;
  std::optional<std::int64_t> max_seconds;  // maximumExecutionTimeSeconds
  std::vector<PodSet> podsets;
  PendingQueue::ShapeId shape = 0;  // equal for Workloads that ask for the same
  std::vector<api::Condition> conditions;
  std::optional<Admission> admission;
  std::int32_t requeues = 0;  // requeueState
  std::optional<api::TimePoint> requeue_at;
  std::map<std::string, std::int64_t> reclaimable;  // Pods by podset

  bool is(std::string_view type) const { return api::conditionIs(conditions, type, "True"); }
  bool isNot(std::string_view type) const { return api::conditionIs(conditions, type, "False"); }
};

// `before`: the same one as it was, whose parsed templates are used again; may be null.
Workload readWorkload(const api::ObjectPtr& object, const Workload* before);

// Sets it; the time of the transition changes with the status only. False: it was so already.
bool setCondition(Workload& workload, std::string_view type, bool status, std::string_view reason,
                  std::string_view message, api::TimePoint now);
api::Patch mergePatch(nlohmann::json body);
// The write that gives it the status that it has here. It fails if somebody else has written since.
api::Request statusPatch(const Workload& wanted);
api::Request specPatch(const Workload& of, const char* field, nlohmann::json value);

// What it has of its ClusterQueue: without the Pods that it has given back (K-KUE-16).
Usage usageOf(const Workload& workload);
// When it entered the queue (K-KUE-21). `by_eviction`: after a timeout it goes to the end.
Rank rankOf(const Workload& workload, bool by_eviction);

// Of a Workload object, without reading the rest of it.
std::vector<api::Condition> conditionsOf(const api::Object& object);

std::map<std::string, Amount> requestsOf(const api::PodSpec& spec);

}  // namespace jobset_twin::cluster::kueue
