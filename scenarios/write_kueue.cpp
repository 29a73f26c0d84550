// spec.kueue of a Scenario as JSON: what differs from the defaults.
#include <nlohmann/json.hpp>

#include "engine/api/time.hpp"
#include "scenarios/write_parts.hpp"

namespace jobset_twin::scenarios {

using nlohmann::json;

json kueueJson(const cluster::KueueConfig& config) {
  const cluster::WaitForPodsReady& wait = config.wait_for_pods_ready;
  const cluster::WaitForPodsReady usual;
  json out = json::object(), requeuing = json::object();
  if (wait.enable != usual.enable) out["enable"] = wait.enable;
  if (wait.timeout != usual.timeout) out["timeout"] = api::formatDuration(wait.timeout);
  if (wait.recovery_timeout != usual.recovery_timeout)
    out["recoveryTimeout"] = api::formatDuration(wait.recovery_timeout);
  if (wait.block_admission != usual.block_admission) out["blockAdmission"] = wait.block_admission;
  if (wait.by_eviction != usual.by_eviction) requeuing["timestamp"] = wait.by_eviction ? "Eviction" : "Creation";
  if (wait.backoff_base_seconds != usual.backoff_base_seconds)
    requeuing["backoffBaseSeconds"] = wait.backoff_base_seconds;
  if (wait.backoff_max_seconds != usual.backoff_max_seconds) requeuing["backoffMaxSeconds"] = wait.backoff_max_seconds;
  if (wait.backoff_limit) requeuing["backoffLimitCount"] = *wait.backoff_limit;
  if (!requeuing.empty()) out["requeuingStrategy"] = std::move(requeuing);
  if (out.empty()) return out;
  return {{"waitForPodsReady", std::move(out)}};
}

}  // namespace jobset_twin::scenarios
