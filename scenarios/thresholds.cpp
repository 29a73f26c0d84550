// Sizes beyond which Kubernetes' scalability SIG promises nothing: configs-and-limits/thresholds.md of
// kubernetes/community (5,000 nodes, 150,000 Pods, 10,000 namespaces, 3,000 Pods a namespace, 10,000 Services, 250
// endpoints a Service). The simulation goes on as if nothing were wrong, so it has to be said.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "scenarios/warnings.hpp"

namespace jobset_twin::scenarios {
namespace {

std::int64_t podsAtOnce(const api::JobSpec& spec) {
  const std::int64_t parallelism = spec.parallelism.value_or(1);
  return spec.completions ? std::min<std::int64_t>(parallelism, *spec.completions) : parallelism;
}

}  // namespace

void checkThresholds(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& warnings) {
  std::map<std::string, std::int64_t> pods;  // by namespace
  std::int64_t nodes = 0, all = 0, services = 0, endpoints = 0;
  for (const NodePool& pool : scenario.node_pools) nodes += pool.count;
  for (const Source& source : sources) {
    const api::Object& object = *source.object;
    std::int64_t own = 0;
    if (object.kind() == api::Kind::kPod) own = 1;
    if (object.kind() == api::Kind::kJob) own = podsAtOnce(*api::as<api::Job>(object).spec);
    if (object.kind() == api::Kind::kService) ++services;
    if (object.kind() == api::Kind::kNode) ++nodes;
    if (object.kind() == api::Kind::kJobSet) {
      const api::JobSetSpec& spec = *api::as<api::JobSet>(object).spec;
      for (const api::ReplicatedJob& job : spec.replicatedJobs)
        own += job.replicas.value_or(1) * podsAtOnce(*job.template_.spec);
      if (!spec.network || spec.network->enableDNSHostnames.value_or(true)) {
        ++services;
        endpoints = std::max(endpoints, own);
      }
    }
    if (own > 0) pods[object.meta.namespace_] += own;
    all += own;
  }
  std::int64_t most = 0;
  for (const auto& [name, count] : pods) most = std::max(most, count);
  struct Threshold {
    std::string_view what;
    std::int64_t have, limit;
  };
  const Threshold thresholds[] = {{"nodes", nodes, 5'000},
                                  {"Pods", all, 150'000},
                                  {"namespaces with Pods", static_cast<std::int64_t>(pods.size()), 10'000},
                                  {"Pods in one namespace", most, 3'000},
                                  {"Services", services, 10'000},
                                  {"endpoints of one Service", endpoints, 250}};
  std::string beyond;
  for (const Threshold& one : thresholds) {
    if (one.have > one.limit)
      beyond += fmt::format("{}{} {} ({})", beyond.empty() ? "" : ", ", one.have, one.what, one.limit);
  }
  if (beyond.empty()) return;
  warnings.push_back(
      api::plainError("Threshold", "beyond the sizes for which Kubernetes is tested to keep its latencies: " + beyond +
                                       "; latencies here do not grow with them by themselves"));
}

}  // namespace jobset_twin::scenarios
