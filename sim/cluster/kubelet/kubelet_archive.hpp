// kubelet_archive.hpp - include this to save or load the kubelets with the archives of engine/api/archive.hpp.
//
// Not saved: compiled commands (made again as they are needed) and the scenario's behaviours (found again by their
// index).
#pragma once

#include <cereal/cereal.hpp>  // before chrono.hpp, which needs it and does not say so
#include <cereal/types/chrono.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/request_archive.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/workload/process_archive.hpp"

namespace jobset_twin::cluster {

template <class Archive>
void serialize(Archive& ar, ContainerExit& exit) {
  ar(exit.code, exit.signal, exit.reason, exit.message, exit.started_at, exit.finished_at);
}
template <class Archive>
void serialize(Archive& ar, ProbeState& probe) {
  ar(probe.successes, probe.failures, probe.result);
}
template <class Archive>
void serialize(Archive& ar, ContainerRuntime& c) {
  ar(c.state, c.waiting_reason, c.waiting_message, c.ended_for_good, c.sidecar, c.init, c.restarts, c.run, c.started_at,
     c.exit, c.previous_exit);
  ar(c.noticed, c.started, c.ready, c.startup, c.readiness, c.liveness, c.backoff, c.last_restart, c.kill_signal,
     c.kill_at, c.machine, c.attempt);
  ar(c.wake_sequence, c.wake, c.timers, c.random_draws, c.open, c.watches_jobset, c.annotating, c.began_at, c.waits_for,
     c.behavior, c.worker, c.files);
}
template <class Archive>
void serialize(Archive& ar, PodRuntime& pod) {
  ar(pod.used, pod.pod, pod.identity, pod.node, pod.generation, pod.stage, pod.ip, pod.start_time, pod.sandbox,
     pod.containers, pod.init_count);
  ar(pod.terminating, pod.sigterm_sent, pod.sidecars_stopping, pod.restarting_all, pod.kill_at, pod.deadline,
     pod.fail_reason, pod.fail_message, pod.sent);
  ar(pod.ever_sent, pod.patch_in_flight, pod.delete_in_flight, pod.dirty, pod.removing, pod.empty_dirs);
}
template <class Archive>
void serialize(Archive& ar, NodeRuntime& node) {
  ar(node.name, node.ip, node.client, node.present, node.pulls_free_at, node.images, node.noticed_next,
     node.relist_scheduled, node.next_ip, node.processors, node.events);
}

template <class Archive>
void Kubelet::serialize(Archive& ar) {
  ar(nodes_, node_index_, pods_, free_, slot_by_uid_, starts_, checkpoints_, claims_, config_maps_, jobsets_,
     by_jobset_, by_ip_, event_clients_);
  if constexpr (Archive::is_loading::value) {
    for (const PodRuntime& pod : pods_) {
      if (pod.used && (!pod.pod || pod.pod->kind() != api::Kind::kPod || pod.node >= nodes_.size()))
        api::damagedArchive("a container of no Pod");
    }
    programs_.clear();
    reattach();
  }
}

}  // namespace jobset_twin::cluster
