#include "engine/jobset/startup_policy.hpp"

namespace jobset_twin::jobset {

bool startsInOrder(const api::JobSetSpec& spec) {
  return spec.startupPolicy && spec.startupPolicy->startupPolicyOrder == "InOrder";
}

bool allReplicasStarted(std::int32_t replicas, const api::ReplicatedJobStatus* status) {
  return status && replicas == status->failed + status->ready + status->succeeded;
}

}  // namespace jobset_twin::jobset
