#include "sim/cluster/scheduler/taints.hpp"

#include <algorithm>

namespace jobset_twin::cluster {

bool tolerates(const api::Toleration& toleration, const api::Taint& taint) {
  if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
  if (!toleration.key.empty() && toleration.key != taint.key) return false;
  if (toleration.operator_.empty() || toleration.operator_ == "Equal") return toleration.value == taint.value;
  return toleration.operator_ == "Exists";
}

bool toleratesAny(const std::vector<api::Toleration>& tolerations, const api::Taint& taint) {
  return std::any_of(tolerations.begin(), tolerations.end(),
                     [&](const api::Toleration& t) { return tolerates(t, taint); });
}

const api::Taint* firstUntolerated(const std::vector<api::Taint>& taints,
                                   const std::vector<api::Toleration>& tolerations) {
  for (const api::Taint& taint : taints) {
    if (taint.effect != "NoSchedule" && taint.effect != "NoExecute") continue;
    if (!toleratesAny(tolerations, taint)) return &taint;
  }
  return nullptr;
}

std::int32_t intolerablePreferred(const std::vector<api::Taint>& taints,
                                  const std::vector<api::Toleration>& tolerations) {
  std::int32_t count = 0;
  for (const api::Taint& taint : taints) {
    if (taint.effect == "PreferNoSchedule" && !toleratesAny(tolerations, taint)) ++count;
  }
  return count;
}

bool refusesUnschedulable(const api::Node& node, const std::vector<api::Toleration>& tolerations) {
  if (!node.spec.unschedulable) return false;
  api::Taint taint;
  taint.key = "node.kubernetes.io/unschedulable";
  taint.effect = "NoSchedule";
  return !toleratesAny(tolerations, taint);
}

}  // namespace jobset_twin::cluster
