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
#include <cereal/types/utility.hpp>
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
  ar(probe.successes, probe.failures, probe.result, probe.tick, probe.asked);
}
// All members by name: a new one does not compile until it stands here too.
template <class Archive>
void serialize(Archive& ar, ContainerRuntime& value) {
  auto& [state, waiting_reason, waiting_message, ended_for_good, sidecar, init, restarts, run, started_at, exit,
         previous_exit, noticed, started, ready, startup, readiness, liveness, backoff, last_restart, kill_signal,
         kill_at, machine, attempt, wake_sequence, wake, timers, random_draws, open, watches_jobset, annotating,
         began_at, waits_for, behavior, worker, files, hung, unready, crash_code, clock, clock_set, wake_at, blocked,
         syncs, post_start, hook, hook_begun, probe_killed, group, member, memory_used, storage_used] = value;
  ar(state, waiting_reason, waiting_message, ended_for_good, sidecar, init, restarts, run, started_at, exit,
     previous_exit, noticed, started, ready, startup, readiness, liveness, backoff, last_restart, kill_signal, kill_at,
     machine, attempt, wake_sequence, wake, timers, random_draws, open, watches_jobset, annotating, began_at, waits_for,
     behavior, worker, files, hung, unready, crash_code, clock, clock_set, wake_at, blocked, syncs, post_start, hook,
     hook_begun, probe_killed, group, member, memory_used, storage_used);
}
template <class Archive>
void serialize(Archive& ar, KeptWork& kept) {
  workload::archiveDuration(ar, kept.checkpointed);
  ar(kept.times);
}
template <class Archive>
void serialize(Archive& ar, GroupMember& member) {
  ar(member.pod, member.container, member.request);
}
// The model by its number; its specification is given to it again by Kubelet::reattach().
template <class Archive>
void serialize(Archive& ar, WorkGroup& group) {
  auto model = static_cast<std::uint8_t>(group.model.index());
  ar(group.jobset, group.uid, group.behavior, group.number, group.generation, group.ranks, group.members, group.wake,
     model);
  workload::archiveTime(ar, group.closed);
  if constexpr (Archive::is_loading::value) {
    switch (model) {
      case 0: group.model = workload::AllReduce(); break;
      case 1: group.model = workload::LeaderWorker(); break;
      case 2: group.model = workload::ParameterServer(); break;
      case 3: group.model = workload::Pipeline(); break;
      default: api::damagedArchive("a workload model that there is not");
    }
  }
  std::visit([&](auto& one) { ar(one); }, group.model);
}
template <class Archive>
void serialize(Archive& ar, PodRuntime& value) {
  auto& [used, pod, identity, node, generation, stage, ip, start_time, sandbox, containers, init_count, terminating,
         sigterm_sent, sidecars_stopping, restarting_all, kill_at, deadline, fail_reason, fail_message, sent, ever_sent,
         patch_in_flight, delete_in_flight, dirty, removing, stored, unsent, stuck, restarted_all, disrupted, grace,
         waits_for, mount_tries, image_backoffs, empty_dirs] = value;
  ar(used, pod, identity, node, generation, stage, ip, start_time, sandbox, containers, init_count, terminating,
     sigterm_sent, sidecars_stopping, restarting_all, kill_at, deadline, fail_reason, fail_message, sent, ever_sent,
     patch_in_flight, delete_in_flight, dirty, removing, stored, unsent, stuck, restarted_all, disrupted, grace,
     waits_for, mount_tries, image_backoffs, empty_dirs);
}
template <class Archive>
void serialize(Archive& ar, ImageBackoff& backoff) {
  ar(backoff.delay, backoff.until);
}
template <class Archive>
void serialize(Archive& ar, PullWaiter& waiter) {
  ar(waiter.pod, waiter.container, waiter.run);
}
template <class Archive>
void serialize(Archive& ar, ImagePull& value) {
  auto& [image, number, waiters, look_up, missing, active, bytes_left, rate, updated, timer] = value;
  ar(image, number, waiters, look_up, missing, active, bytes_left, rate, updated, timer);
}
template <class Archive>
void serialize(Archive& ar, Pressure& pressure) {
  ar(pressure.pressure, pressure.until);
}
template <class Archive>
void serialize(Archive& ar, ImageFault& fault) {
  ar(fault.missing, fault.slow_factor);
}
template <class Archive>
void serialize(Archive& ar, HeldTimer& timer) {
  ar(timer.kind, timer.a, timer.b);
}
template <class Archive>
void serialize(Archive& ar, MissedChange& change) {
  ar(change.object, change.deleted);
}
template <class Archive>
void serialize(Archive& ar, NodeRuntime& value) {
  auto& [name, ip, client, present, object, images, pulls, next_pull, slots, noticed_next, relist_scheduled, relist,
         next_ip, processors, events, down, booting, hung, partitioned, speed, held, missed, status_scheduled,
         status_in_flight, status_timer, retry_timer, retry_scheduled, lost_devices, memory, disk, pressure_scheduled,
         pressure_timer, shutting_down, shutdown_step, shutdown_timer] = value;
  ar(name, ip, client, present, object, images, pulls, next_pull, slots, noticed_next, relist_scheduled, relist,
     next_ip, processors, events, down, booting, hung, partitioned, speed, held, missed, status_scheduled,
     status_in_flight, status_timer, retry_timer, retry_scheduled, lost_devices, memory, disk, pressure_scheduled,
     pressure_timer, shutting_down, shutdown_step, shutdown_timer);
}

template <class Archive>
void Kubelet::serialize(Archive& ar) {
  ar(nodes_, node_index_, pods_, free_, slot_by_uid_, starts_, checkpoints_, claims_, configs_, jobsets_, by_jobset_,
     by_ip_, event_clients_, image_faults_, groups_, group_names_, lost_configs_, unbound_claims_, claim_waiters_);
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
