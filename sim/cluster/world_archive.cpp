#include "sim/cluster/world_archive.hpp"

#include "engine/api/saved_file.hpp"

namespace jobset_twin::cluster {
namespace {

void saveTiming(api::ArchiveWriter& ar, Timing timing) {
  for (const TimingRow& row : timingTable(timing)) {
    ar.text(row.field);
    std::visit(
        [&](const auto* value) {
          if constexpr (std::is_same_v<decltype(value), const Duration*>) {
            ar(value->count());
          } else {
            ar(*value);
          }
        },
        row.value);
  }
}

void saveDistribution(api::ArchiveWriter& ar, workload::TimeDistribution distribution) { ar(distribution); }

void saveBehavior(api::ArchiveWriter& ar, workload::Behavior behavior) {
  ar(behavior.match, behavior.run_time.has_value(), behavior.exit_code, behavior.failures, behavior.wait_for_names,
     behavior.wait_for_peers, behavior.checkpoint.has_value(), behavior.handles_term, behavior.model.has_value());
  if (behavior.run_time) saveDistribution(ar, *behavior.run_time);
  if (behavior.checkpoint) ar(*behavior.checkpoint);
  workload::archiveOptional(ar, behavior.ready_after);
}

}  // namespace

std::string configurationBytes(const WorldConfig& config) {
  api::ArchiveWriter ar;
  ar(config.seed, config.start, config.kubernetes_minor);
  saveTiming(ar, config.timing);
  const jobset::FeatureGates& gates = config.jobset.gates;
  ar(gates.InPlaceRestart, gates.RestartJob, gates.ElasticJobSet, gates.TLSOptions,
     config.jobset.quirks.b6_node_selector_followers, config.jobset.quirks.b7_nil_success_policy,
     config.jobset.quirks.b8_stale_creates, config.jobset.cluster_domain);
  ar(config.short_names, config.kubelet.default_run_time, config.kubelet.default_exit_code, config.kubelet.image_bytes,
     config.kubelet.behaviors.size());
  for (const workload::Behavior& behavior : config.kubelet.behaviors) saveBehavior(ar, behavior);
  return ar.take();
}

template <class Archive>
void World::archive(Archive& ar) {
  WorldParts& p = *parts_;
  ar(p.kernel, p.server, p.transport, p.heartbeats, p.election, p.old, p.garbage, p.jobsets, p.jobs, p.ttl, p.scheduler,
     p.kubelet, p.endpoints, p.dns, p.claims, p.nodes, p.kubectl);
  ar(p.user, p.submissions, p.submitted, p.refused);
  for (auto& [target, replica] : p.old.jobsets) replica.configure(config_.jobset);
}

void World::save(std::ostream& out) const {
  api::ArchiveWriter ar;
  const_cast<World*>(this)->archive(ar);  // changes nothing when it writes
  api::writeFrame(out, "world", api::hashOfBytes(configurationBytes(config_)), ar.take());
}

void World::load(std::istream& in) {
  const std::string state = api::readFrame(in, "world", api::hashOfBytes(configurationBytes(config_)));
  api::ArchiveReader ar(state);
  World loaded(config_);
  loaded.archive(ar);
  ar.expectEnd();
  loaded.parts_->trace.enabled = parts_->trace.enabled;
  *this = std::move(loaded);
}

}  // namespace jobset_twin::cluster
