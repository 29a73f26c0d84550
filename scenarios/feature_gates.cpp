#include "scenarios/feature_gates.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/feature_gates.hpp"

namespace jobset_twin::scenarios {
namespace {

const cluster::WorkloadGate* workloadGate(std::string_view name) {
  const auto* found = std::find_if(std::begin(cluster::kWorkloadGates), std::end(cluster::kWorkloadGates),
                                   [&](const cluster::WorkloadGate& gate) { return gate.name == name; });
  return found == std::end(cluster::kWorkloadGates) ? nullptr : found;
}

}  // namespace

std::string parseGates(std::string_view text, Scenario& scenario) {
  std::string rest;
  cluster::WorkloadGates workloads = scenario.scheduler.workloads;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t equals = item.find('=');
    const cluster::WorkloadGate* gate =
        equals == std::string_view::npos ? nullptr : workloadGate(item.substr(0, equals));
    const std::string_view value = gate ? item.substr(equals + 1) : std::string_view();
    if (gate) {
      jobset::FeatureGates read;  // a boolean as JobSet's gates have it
      const std::string problem = jobset::parseFeatureGates(fmt::format("RestartJob={}", value), read);
      if (!problem.empty()) return fmt::format("invalid value of {}: true or false", item);
      workloads.*gate->member = read.RestartJob;
    } else {
      rest += (rest.empty() ? "" : ",") + std::string(item);
    }
  }
  if (std::string problem = jobset::parseFeatureGates(rest, scenario.feature_gates); !problem.empty()) return problem;
  scenario.scheduler.workloads = workloads;
  return {};
}

std::string gatesProblem(const Scenario& scenario) {
  const cluster::WorkloadGates& gates = scenario.scheduler.workloads;
  for (const cluster::WorkloadGate& gate : cluster::kWorkloadGates) {
    if (!(gates.*gate.member)) continue;
    if (cluster::kubernetesMinor(scenario.kubernetes_version) != 36)
      return fmt::format("feature gate {} is of Kubernetes 1.36, not {}", gate.name, scenario.kubernetes_version);
    if (!gates.GenericWorkload) return fmt::format("feature gate {} needs GenericWorkload=true", gate.name);
  }
  for (const auto& [name, on] : {std::pair{"TopologyAwareWorkloadScheduling", gates.TopologyAwareWorkloadScheduling},
                                 {"WorkloadAwarePreemption", gates.WorkloadAwarePreemption},
                                 {"WorkloadWithJob", gates.WorkloadWithJob}}) {
    if (on && !gates.GangScheduling) return fmt::format("feature gate {} needs GangScheduling=true", name);
  }
  return {};
}

std::vector<std::string> gateNames() {
  std::vector<std::string> names = {"ElasticJobSet", "InPlaceRestart", "RestartJob", "TLSOptions"};
  for (const cluster::WorkloadGate& gate : cluster::kWorkloadGates) names.emplace_back(gate.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace jobset_twin::scenarios
