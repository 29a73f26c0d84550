#include "viz/queue_tables.hpp"

#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/cluster/kueue/names.hpp"
#include "sim/cluster/kueue/workload.hpp"
#include "viz/columns.hpp"

namespace jobset_twin::viz {
namespace {

namespace kueue = cluster::kueue;

std::string queueOf(const api::Object& workload) {
  const nlohmann::json* at = api::jsonAt(api::as<api::Generic>(workload).content.get(), {"spec", "queueName"});
  return at && at->is_string() ? at->get<std::string>() : std::string();
}

std::string stateOf(const std::vector<api::Condition>& conditions) {
  for (const std::string_view type : {kueue::kFinished, kueue::kEvicted, kueue::kAdmitted, kueue::kQuotaReserved}) {
    if (api::conditionIs(conditions, type, "True")) return std::string(type);
  }
  return "Pending";
}

}  // namespace

QueueTables queueTables(const std::vector<api::ObjectPtr>& objects, api::TimePoint now, bool namespaces) {
  std::vector<api::ObjectPtr> queues, workloads;
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const api::ObjectPtr& object : objects) {
    const std::string_view kind = kueue::kindOf(*object);
    if (kind == "ClusterQueue") queues.push_back(object);
    if (kind != "Workload") continue;
    workloads.push_back(object);
    ++counts[{queueOf(*object), stateOf(kueue::conditionsOf(*object))}];
  }
  QueueTables out;
  out.cluster_queues = objectTable(queues, now, true, false);
  out.workloads = objectTable(workloads, now, false, namespaces);
  out.summary.header = {"QUEUE", "STATUS", "WORKLOADS"};
  for (const auto& [key, count] : counts) out.summary.rows.push_back({key.first, key.second, withThousands(count)});
  return out;
}

}  // namespace jobset_twin::viz
