#include "sim/cluster/kueue/specs.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/selector_json.hpp"
#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

using nlohmann::json;

std::string textAt(const json& of, std::initializer_list<const char*> path, std::string otherwise = {}) {
  const json* at = api::jsonAt(of, path);
  return at && at->is_string() ? at->get<std::string>() : std::move(otherwise);
}

const json& listAt(const json& of, std::initializer_list<const char*> path) {
  static const json none = json::array();
  const json* at = api::jsonAt(of, path);
  return at && at->is_array() ? *at : none;
}

const json& mapAt(const json& of, std::initializer_list<const char*> path) {
  static const json none = json::object();
  const json* at = api::jsonAt(of, path);
  return at && at->is_object() ? *at : none;
}

// A quantity may be written as a number.
std::optional<Amount> quantityAt(const json& of, const char* name, const std::string& resource) {
  const json* at = api::jsonAt(of, {name});
  if (!at) return std::nullopt;
  const auto parsed = api::Quantity::parse(at->is_string() ? at->get<std::string>() : at->dump());
  if (!parsed.ok()) return std::nullopt;
  return amountOf(resource, *parsed);
}

StopPolicy stopAt(const json& content) {
  const std::string text = textAt(content, {"spec", "stopPolicy"});
  if (text == "Hold") return StopPolicy::kHold;
  return text == "HoldAndDrain" ? StopPolicy::kHoldAndDrain : StopPolicy::kNone;
}

PreemptionPolicy policyAt(const json& content, const char* name) {
  const std::string text = textAt(content, {"spec", "preemption", name});
  if (text == "LowerPriority") return PreemptionPolicy::kLowerPriority;
  if (text == "LowerOrNewerEqualPriority") return PreemptionPolicy::kLowerOrNewerEqualPriority;
  return text == "Any" ? PreemptionPolicy::kAny : PreemptionPolicy::kNever;
}

void readGroups(const json& content, std::vector<ResourceGroup>* groups, Quotas& quotas) {
  for (const json& group : listAt(content, {"spec", "resourceGroups"})) {
    ResourceGroup read;
    for (const json& resource : listAt(group, {"coveredResources"})) {
      if (resource.is_string()) read.resources.push_back(resource.get<std::string>());
    }
    for (const json& flavor : listAt(group, {"flavors"})) {
      const std::string name = textAt(flavor, {"name"});
      read.flavors.push_back(name);
      for (const json& resource : listAt(flavor, {"resources"})) {
        const std::string of = textAt(resource, {"name"});
        ResourceQuota& quota = quotas[{name, of}];
        quota.nominal = quantityAt(resource, "nominalQuota", of).value_or(0);
        quota.borrowing_limit = quantityAt(resource, "borrowingLimit", of);
        quota.lending_limit = quantityAt(resource, "lendingLimit", of);
      }
    }
    if (groups) groups->push_back(std::move(read));
  }
}

}  // namespace

const nlohmann::json& contentOf(const api::Object& object) { return api::as<api::Generic>(object).content.get(); }

std::string_view kindOf(const api::Object& object) {
  if (object.kind() != api::Kind::kGeneric || api::groupOf(api::apiVersionOf(object)) != kGroup) return {};
  return api::kindNameOf(object);
}

ClusterQueueSpec clusterQueueOf(const api::Object& object) {
  const json& content = contentOf(object);
  ClusterQueueSpec spec;
  spec.cohort = textAt(content, {"spec", "cohortName"}, textAt(content, {"spec", "cohort"}));
  spec.strict_fifo = textAt(content, {"spec", "queueingStrategy"}) == "StrictFIFO";
  readGroups(content, &spec.groups, spec.quotas);
  spec.preemption.within_cluster_queue = policyAt(content, "withinClusterQueue");
  spec.preemption.reclaim_within_cohort = policyAt(content, "reclaimWithinCohort");
  const json& borrow = mapAt(content, {"spec", "preemption", "borrowWithinCohort"});
  spec.preemption.while_borrowing = textAt(borrow, {"policy"}) == "LowerPriority";
  if (const json* threshold = api::jsonAt(borrow, {"maxPriorityThreshold"});
      threshold && threshold->is_number_integer())
    spec.preemption.max_priority_threshold = threshold->get<std::int32_t>();
  const json& fungibility = mapAt(content, {"spec", "flavorFungibility"});
  spec.try_next_when_borrowing = textAt(fungibility, {"whenCanBorrow"}) == "TryNextFlavor";
  const std::string when_can_preempt = textAt(fungibility, {"whenCanPreempt"});
  spec.try_next_when_preempting = when_can_preempt != "MayStopSearch" && when_can_preempt != "Preempt";
  spec.prefers_preemption = textAt(fungibility, {"preference"}) == "PreemptionOverBorrowing";
  spec.stop = stopAt(content);
  if (const json* selector = api::jsonAt(content, {"spec", "namespaceSelector"}); selector && selector->is_object())
    spec.namespaces = api::labelSelectorAt(*selector, {});
  return spec;
}

FlavorSpec flavorOf(const api::Object& object) {
  const json& content = contentOf(object);
  FlavorSpec spec;
  for (const auto& [key, value] : mapAt(content, {"spec", "nodeLabels"}).items()) {
    if (value.is_string()) spec.node_labels[key] = value.get<std::string>();
  }
  for (const json& taint : listAt(content, {"spec", "nodeTaints"}))
    spec.taints.push_back({textAt(taint, {"key"}), textAt(taint, {"value"}), textAt(taint, {"effect"}), std::nullopt});
  for (const json& one : listAt(content, {"spec", "tolerations"})) {
    api::Toleration toleration{textAt(one, {"key"}), textAt(one, {"operator"}), textAt(one, {"value"}),
                               textAt(one, {"effect"}), std::nullopt};
    if (const json* seconds = api::jsonAt(one, {"tolerationSeconds"}); seconds && seconds->is_number_integer())
      toleration.tolerationSeconds = seconds->get<std::int64_t>();
    spec.tolerations.push_back(std::move(toleration));
  }
  return spec;
}

CohortSpec cohortOf(const api::Object& object) {
  const json& content = contentOf(object);
  CohortSpec spec;
  spec.parent = textAt(content, {"spec", "parentName"}, textAt(content, {"spec", "parent"}));
  readGroups(content, nullptr, spec.quotas);
  return spec;
}

LocalQueueSpec localQueueOf(const api::Object& object) {
  const json& content = contentOf(object);
  return {textAt(content, {"spec", "clusterQueue"}), stopAt(content)};
}

std::int32_t priorityOf(const api::Object& object) {
  const json* value = api::jsonAt(contentOf(object), {"value"});
  return value && value->is_number_integer() ? value->get<std::int32_t>() : 0;
}

bool sameSpec(const api::Object& a, const api::Object& b) {
  const json *left = api::jsonAt(contentOf(a), {"spec"}), *right = api::jsonAt(contentOf(b), {"spec"});
  return left && right ? *left == *right : left == right;
}

Amount amountOf(std::string_view resource, const api::Quantity& quantity) {
  return resource == "cpu" ? quantity.milliValue() : quantity.value();
}

std::string amountText(std::string_view resource, Amount amount) {
  if (resource == "cpu") return api::Quantity::milli(amount).toString();
  const bool bytes = resource == "memory" || resource == "ephemeral-storage" || resource.starts_with("hugepages-");
  return api::Quantity(amount, bytes ? api::Quantity::Format::kBinarySI : api::Quantity::Format::kDecimalSI).toString();
}

}  // namespace jobset_twin::cluster::kueue
