#include "engine/jobset/depends_on.hpp"

namespace jobset_twin::jobset {

bool dependenciesReached(const api::JobSetSpec& spec, std::size_t position, const ReplicatedJobIndex& index,
                         const StatusView& statuses) {
  for (const api::DependsOn& dependency : spec.replicatedJobs[position].dependsOn) {
    const std::size_t at = index.find(dependency.name);
    if (at == ReplicatedJobIndex::kNone || !statuses.at(at)) return false;
    const api::ReplicatedJobStatus& status = *statuses.at(at);
    const std::int32_t replicas = at <= position ? replicasOf(spec.replicatedJobs[at]) : 0;
    if (dependency.status == "Complete" && status.succeeded != replicas) return false;
    if (dependency.status == "Ready" && status.failed + status.ready + status.succeeded != replicas) return false;
  }
  return true;
}

}  // namespace jobset_twin::jobset
