#include "sim/cluster/world_archive.hpp"

#include "engine/api/saved_file.hpp"
#include "sim/workload/models/spec_archive.hpp"

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
  if (behavior.model) ar(*behavior.model);
  workload::archiveOptional(ar, behavior.ready_after);
}

void saveScheduler(api::ArchiveWriter& ar, const SchedulerConfig& config) {
  const auto resources = [&](const std::vector<WeightedResource>& list) {
    ar(list.size());
    for (const WeightedResource& resource : list) ar(resource.name, resource.weight);
  };
  ar(static_cast<std::uint8_t>(config.gangs.scope), config.gangs.topology_key, config.gangs.compact, config.workloads);
  ar(config.profiles.size());
  for (const SchedulerProfile& profile : config.profiles) {
    const ScoreWeights& w = profile.weights;
    ar(profile.name, profile.percentage_of_nodes_to_score, w.taints, w.node_affinity, w.fit, w.spread, w.pod_affinity,
       w.balanced, w.images, profile.filters_off, profile.preempts, profile.candidates_percentage,
       profile.candidates_least, static_cast<std::uint8_t>(profile.fit), profile.hard_pod_affinity_weight);
    resources(profile.fit_resources);
    resources(profile.balanced_resources);
    ar(profile.fit_shape.size());
    for (const ShapePoint& point : profile.fit_shape) ar(point.utilization, point.score);
    ar(profile.default_constraints.has_value());
    if (!profile.default_constraints) continue;
    ar(profile.default_constraints->size());
    for (const api::TopologySpreadConstraint& c : *profile.default_constraints)
      ar(c.maxSkew, c.topologyKey, c.whenUnsatisfiable);
  }
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
  saveScheduler(ar, config.scheduler);
  ar(config.kueue.present, config.kueue.wait_for_pods_ready);
  ar(config.short_names, config.kubelet.default_run_time, config.kubelet.default_exit_code, config.kubelet.image_bytes,
     config.kubelet.behaviors.size());
  for (const workload::Behavior& behavior : config.kubelet.behaviors) saveBehavior(ar, behavior);
  if (config.left_out.any()) ar(config.left_out.components, config.left_out.jobset_webhooks);
  return ar.take();
}

template <class Archive>
void World::archive(Archive& ar) {
  WorldParts& p = *parts_;
  ar(p.kernel, p.server, p.transport, p.heartbeats, p.election, p.old, p.garbage, p.jobsets, p.jobs, p.ttl, p.scheduler,
     p.kubelet, p.endpoints, p.dns, p.claims, p.nodes, p.kubectl, p.kueue);
  ar(p.user, p.submissions, p.submitted, p.refused);
  p.kueue.configure(config_.kueue);
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
