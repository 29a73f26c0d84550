// hints.hpp - which changes of the cluster may help a Pod that was refused: the queueing hints of K-SCH-3.
// Source: kube-scheduler 1.36, isSchedulableAfter… of each plugin.
#pragma once

#include "sim/cluster/scheduler/cluster_view.hpp"

namespace jobset_twin::cluster {

enum class ChangeKind : std::uint8_t {
  kNodeAdded,
  kNodeUpdated,
  kNodeGone,
  kPodPlaced,
  kPodUpdated,
  kPodGone,
  kClaim,
  kStorageClass,
  kVolume
};

struct ClusterChange {
  ChangeKind kind = ChangeKind::kNodeAdded;
  api::ObjectPtr before, after;  // null where there is none; both null for kStorageClass and kVolume

  template <class Archive>
  void serialize(Archive& ar) {
    ar(kind, before, after);
  }
};

// The plugins that ask to be told of such a change.
PluginMask listeners(ChangeKind kind);
// Does the hint of one of `plugins` answer Queue?
bool hintFires(ClusterView& view, const ViewPod& waiting, PluginMask plugins, const ClusterChange& change);
// The Pod's own update; `before` and `after` are two states of it.
bool ownUpdateHelps(PluginMask plugins, const api::Object& before, const api::Object& after);

// Has anything changed that filters, scores or hints read?
bool nodeDiffers(const api::Object& before, const api::Object& after);

}  // namespace jobset_twin::cluster
