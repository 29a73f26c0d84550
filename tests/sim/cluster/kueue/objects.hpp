// objects.hpp - Workloads and ClusterQueues in few words, for tests.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/cluster/kueue/names.hpp"
#include "sim/cluster/kueue/workload.hpp"
#include "tests/sim/cluster/rig.hpp"

namespace jobset_twin::cluster::kueue::test {

using nlohmann::json;

// One podset "main" of so many Pods that ask for so many CPUs each.
inline json podSet(std::string name, int count, int cpus, json spec = json::object()) {
  spec["containers"] = json::array({{{"name", "c"}, {"image", "i"}, {"resources", {{"requests", {{"cpu", cpus}}}}}}});
  return {{"name", std::move(name)}, {"count", count}, {"template", {{"spec", std::move(spec)}}}};
}

inline Workload workload(const std::string& name, std::vector<json> podsets, int priority = 0,
                         json status = json::object()) {
  const api::MutableObjectPtr object =
      cluster::test::generic(kApiVersion, "Workload", "default", name,
                             {{"spec", {{"podSets", json(podsets)}, {"queueName", "q"}, {"priority", priority}}},
                              {"status", std::move(status)}});
  object->meta.uid = "uid-" + name;
  object->meta.creationTimestamp = api::TimePoint(std::chrono::seconds(100));
  return readWorkload(object, nullptr);
}
inline Workload small(const std::string& name, int cpus, int priority = 0) {
  return workload(name, {podSet("main", 1, cpus)}, priority);
}

}  // namespace jobset_twin::cluster::kueue::test
