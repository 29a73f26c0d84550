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

// A member as text; "" if it is not there.
std::string cell(const api::Object& object, std::initializer_list<const char*> path) {
  const nlohmann::json* at = api::jsonAt(api::as<api::Generic>(object).content.get(), path);
  if (!at || at->is_null()) return {};
  return at->is_string() ? at->get<std::string>() : at->dump();
}

Row clusterQueueRow(const api::Object& object) {
  std::string strategy = cell(object, {"spec", "queueingStrategy"});
  std::string cohort = cell(object, {"spec", "cohortName"});
  if (cohort.empty()) cohort = cell(object, {"spec", "cohort"});
  return {object.meta.name, cohort, strategy.empty() ? "BestEffortFIFO" : strategy,
          cell(object, {"status", "pendingWorkloads"}), cell(object, {"status", "admittedWorkloads"})};
}

std::string stateOf(const std::vector<api::Condition>& conditions) {
  for (const std::string_view type : {kueue::kFinished, kueue::kEvicted, kueue::kAdmitted, kueue::kQuotaReserved}) {
    if (api::conditionIs(conditions, type, "True")) return std::string(type);
  }
  return "Pending";
}

}  // namespace

QueueTables queueTables(const std::vector<api::ObjectPtr>& objects, api::TimePoint now, bool namespaces) {
  QueueTables out;
  out.cluster_queues.header = {"NAME", "COHORT", "STRATEGY", "PENDING WORKLOADS", "ADMITTED WORKLOADS"};
  out.workloads.header = {"NAME", "QUEUE", "RESERVED IN", "ADMITTED", "FINISHED", "AGE"};
  if (namespaces) out.workloads.header.insert(out.workloads.header.begin(), "NAMESPACE");
  out.summary.header = {"QUEUE", "STATUS", "WORKLOADS"};
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const api::ObjectPtr& object : objects) {
    const std::string_view kind = kueue::kindOf(*object);
    if (kind == "ClusterQueue") out.cluster_queues.rows.push_back(clusterQueueRow(*object));
    if (kind != "Workload") continue;
    const std::vector<api::Condition> conditions = kueue::conditionsOf(*object);
    const auto status = [&](std::string_view type) {
      const api::Condition* condition = api::findCondition(conditions, type);
      return condition ? condition->status : std::string();
    };
    const std::string queue = cell(*object, {"spec", "queueName"});
    ++counts[{queue, stateOf(conditions)}];
    Row row = {object->meta.name,
               queue,
               cell(*object, {"status", "admission", "clusterQueue"}),
               status(kueue::kAdmitted),
               status(kueue::kFinished),
               ageText(object->meta, now)};
    if (namespaces) row.insert(row.begin(), object->meta.namespace_);
    out.workloads.rows.push_back(std::move(row));
  }
  for (const auto& [key, count] : counts) out.summary.rows.push_back({key.first, key.second, withThousands(count)});
  return out;
}

}  // namespace jobset_twin::viz
