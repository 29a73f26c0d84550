// scheduler_archive.hpp - include this to save or load the scheduler with the archives of engine/api/archive.hpp.
#pragma once

#include <algorithm>

#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/archive.hpp"
#include "sim/cluster/scheduler/scheduler.hpp"

namespace jobset_twin::cluster {

template <class Archive>
void serialize(Archive& ar, HostPort& port) {
  ar(port.ip, port.protocol, port.port);
}
template <class Archive>
void serialize(Archive& ar, NodeEntry& entry) {
  ar(entry.name, entry.object, entry.generation, entry.tie_key, entry.pods, entry.ports, entry.priorities,
     entry.images);
}
template <class Archive>
void serialize(Archive& ar, ViewPod& pod) {
  ar(pod.number, pod.object, pod.node);
}

template <class Archive>
void archiveAmounts(Archive& ar, AmountArray& array) {
  auto rows = static_cast<std::uint64_t>(array.rows()), columns = static_cast<std::uint64_t>(array.cols());
  ar(rows, columns);
  if constexpr (Archive::is_loading::value) {
    // Each amount takes a byte or more.
    if (rows > ResourceRows::kMax || columns > ar.left() || rows * columns > ar.left())
      api::damagedArchive("a table beyond its end");
    array.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  }
  for (Eigen::Index column = 0; column < array.cols(); ++column) {
    for (Eigen::Index row = 0; row < array.rows(); ++row) ar(array(row, column));
  }
}

template <class Archive>
void NodeTable::serialize(Archive& ar) {
  ar(rows, entries_, slots_, free_, image_nodes_, priorities_, generations_, live_, order_, order_stale_);
  for (AmountArray* array : {&allocatable_, &requested_, &scored_}) archiveAmounts(ar, *array);
  for (const AmountArray* array : {&allocatable_, &requested_, &scored_}) {
    if (static_cast<std::size_t>(array->cols()) < entries_.size()) api::damagedArchive("nodes without amounts");
  }
}

template <class Archive>
void ClusterView::serialize(Archive& ar) {
  ar(nodes, topology, namespaces, pods, services, claims, budgets, volumes, class_binding);
  if constexpr (Archive::is_loading::value) {
    if (topology.size() < 1) api::damagedArchive("a topology without nodes");
    for (int at = 0; at < topology.size(); ++at) {
      if (topology.column(at).domain.size() < nodes.slots()) api::damagedArchive("nodes outside the topology");
    }
    for (const ViewPod& pod : pods) {
      if (pod.object && pod.object->kind() != api::Kind::kPod) api::damagedArchive("a Pod that is none");
      if (pod.node != kNoNode && (!pod.object || pod.node >= nodes.slots()))
        api::damagedArchive("a Pod on a node that is none");
    }
    const auto isTree = [](const auto& entry) { return entry.second && entry.second->kind() == api::Kind::kGeneric; };
    if (!std::all_of(budgets.begin(), budgets.end(), isTree) || !std::all_of(volumes.begin(), volumes.end(), isTree))
      api::damagedArchive("a disruption budget or volume that is none");
    restore();
  }
}

template <class Archive>
void Scheduler::serialize(Archive& ar) {
  ar(gangs_, without_jobset_, view_, nominations_, queue_, slots_, free_, assumed_, in_binding_, messages_, nominated_,
     preempting_, next_number_, next_start_, backoff_, cycling_, flushing_, client_, events_);
  kernel::serializeTime(ar, backoff_end_);
  for (const auto& [uid, slot] : slots_) {
    if (slot >= view_.pods.size() || !view_.pods[slot].object) api::damagedArchive("a slot without its Pod");
  }
}

}  // namespace jobset_twin::cluster
