// node.cpp - Nodes: defaults, the taint of a new one, validation of taints. A Node's status may be given at creation
// (kubelets do so).
// Source: kubernetes v1.36 pkg/registry/core/node/strategy.go, pkg/apis/core/validation (ValidateNode),
// plugin/pkg/admission/nodetaint.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "sim/apiserver/store.hpp"
#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {
namespace {

void defaultsOfNode(api::Object& object) {
  api::NodeStatus& status = api::as<api::Node>(object).status;
  if (status.allocatable.empty()) status.allocatable = status.capacity;
}

// K-NODE-5: whatever its conditions say; the node controller takes it off once Ready is True. Not for the nodes that a
// new cluster begins with: those of the second in which its namespaces were made.
void prepareNode(const StrategyContext& context, api::Object& object) {
  const api::ObjectPtr begun = context.store.find({api::Kind::kGeneric, "", "Namespace/default"});
  if (begun && api::truncateToSeconds(context.now) <= begun->meta.creationTimestamp) return;
  std::vector<api::Taint>& taints = api::as<api::Node>(object).spec.taints;
  const auto is = [](const api::Taint& taint) {
    return taint.key == "node.kubernetes.io/not-ready" && taint.effect == "NoSchedule";
  };
  if (std::none_of(taints.begin(), taints.end(), is))
    taints.push_back({"node.kubernetes.io/not-ready", "", "NoSchedule", {}});
}

void validateNode(const StrategyContext&, const api::Object& object, api::Errors& errors) {
  const std::vector<api::Taint>& taints = api::as<api::Node>(object).spec.taints;
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < taints.size(); ++i) {
    const api::Taint& taint = taints[i];
    const std::string at = fmt::format("metadata.taints[{}]", i);  // sic
    for (const std::string& message : api::qualifiedNameErrors(taint.key))
      errors.push_back(api::invalidValue(at + ".key", api::quoted(taint.key), message));
    for (const std::string& message : api::labelValueErrors(taint.value))
      errors.push_back(api::invalidValue(at + ".value", api::quoted(taint.value), message));
    if (taint.effect.empty()) {
      errors.push_back(api::requiredValue(at + ".effect", ""));
    } else if (taint.effect != "NoSchedule" && taint.effect != "PreferNoSchedule" && taint.effect != "NoExecute") {
      errors.push_back(api::unsupportedValue(at + ".effect", api::quoted(taint.effect),
                                             {"NoSchedule", "PreferNoSchedule", "NoExecute"}));
    }
    if (!seen.emplace(taint.key, taint.effect).second) {
      api::Error error = api::duplicateValue(
          at, fmt::format("{{\"key\":{},\"effect\":{}}}", api::quoted(taint.key), api::quoted(taint.effect)));
      error.text += ": taints must be unique by key and effect pair";
      errors.push_back(std::move(error));
    }
  }
}

void validateNodeUpdate(const StrategyContext& context, const api::Object& fresh, const api::Object& old,
                        api::Errors& errors) {
  if (api::as<api::Node>(fresh).spec.taints != api::as<api::Node>(old).spec.taints)
    validateNode(context, fresh, errors);
}

}  // namespace

const Strategy kNodeStrategy = {
    .defaults = defaultsOfNode,
    .prepareCreate = prepareNode,
    .validateCreate = validateNode,
    .validateUpdate = validateNodeUpdate,
};

}  // namespace jobset_twin::apiserver
