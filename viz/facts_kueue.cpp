// What is told of Workloads of Kueue: that they wait and why, that they are admitted, that they are evicted.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/json_at.hpp"
#include "sim/cluster/kueue/names.hpp"
#include "sim/cluster/kueue/workload.hpp"
#include "viz/facts.hpp"
#include "viz/facts_text.hpp"

namespace jobset_twin::viz {
namespace {

using apiserver::WatchEvent;
namespace kueue = cluster::kueue;

// The job's name is what people know it by.
std::string ownerName(const api::Object& workload) {
  const api::OwnerReference* owner = api::controllerOf(workload.meta);
  return owner ? shortName(api::lowerCase(owner->kind), workload.meta.namespace_, owner->name)
               : shortName("workload", workload.meta.namespace_, workload.meta.name);
}

std::string queueNameOf(const api::Object& workload) {
  const nlohmann::json* queue = api::jsonAt(api::as<api::Generic>(workload).content.get(), {"spec", "queueName"});
  return queue && queue->is_string() ? queue->get<std::string>() : std::string();
}

}  // namespace

void FactReader::readWorkload(const WatchEvent& change, Facts& out) const {
  if (kueue::kindOf(*change.object) != "Workload" || change.type != apiserver::WatchType::kModified) return;
  const std::vector<api::Condition> now = kueue::conditionsOf(*change.object);
  const std::vector<api::Condition> before =
      change.previous ? kueue::conditionsOf(*change.previous) : std::vector<api::Condition>();
  const std::string queue = queueNameOf(*change.object);
  const auto add = [&](Weight weight, std::string text, std::string phase) {
    Fact fact{change.at, weight, ownerName(*change.object), std::move(text), {}, {}, {}, 0, false};
    fact.group = fmt::format("queue {}/{}", change.object->meta.namespace_, queue);
    fact.group_name = "queue " + queue;
    fact.phase = std::move(phase);
    out.push_back(std::move(fact));
  };
  for (const api::Condition& condition : now) {
    const api::Condition* old = api::findCondition(before, condition.type);
    const bool is_true = condition.status == "True";
    if (condition.type == kueue::kQuotaReserved && !is_true && condition.reason != "Pending" &&
        (!old || old->message != condition.message)) {
      add(Weight::kDecision, "waits in the queue: " + condition.message, "waiting");
      out.back().repeats = true;
    }
    if (!turned(before, condition)) continue;
    if (condition.type == kueue::kAdmitted && is_true) {
      const api::Condition* reserved = api::findCondition(now, kueue::kQuotaReserved);
      add(Weight::kDecision, "admitted: " + (reserved ? reserved->message : condition.message), "admitted");
    } else if (condition.type == kueue::kEvicted && is_true) {
      add(Weight::kFailure, fmt::format("evicted: {}: {}", condition.reason, condition.message), "evicted");
    } else if (condition.type == kueue::kQuotaReserved && old && !is_true && condition.reason == "Pending") {
      add(Weight::kStep, "its quota is free again", "quota released");
    } else if (condition.type == kueue::kRequeued && is_true && condition.reason != kueue::kPreempted) {
      add(Weight::kDecision, "back in the queue: " + condition.message, "requeued");
    } else if (condition.type == kueue::kDeactivationTarget && is_true) {
      add(Weight::kFailure, conditionText(condition), "deactivated");
    }
  }
}

}  // namespace jobset_twin::viz
