// plugin.hpp - the scheduler's plugins that can refuse a Pod, and what a refused node is told apart by
// (K-SCH 5.2, 5.3).
#pragma once

#include <cstdint>

namespace jobset_twin::cluster {

enum class Plugin : std::uint8_t {
  kNodeUnschedulable,
  kNodeName,
  kTaintToleration,
  kNodeAffinity,
  kNodePorts,
  kNodeResourcesFit,
  kVolumeBinding,
  kPodTopologySpread,
  kInterPodAffinity,
  kGang  // refuses no node: a gang waits for a topology that has room for it
};
using PluginMask = std::uint32_t;  // bit i: Plugin(i)
constexpr PluginMask maskOf(Plugin plugin) { return PluginMask{1} << static_cast<unsigned>(plugin); }

// In the order of the filters: the first that refuses ends the node (K-SCH-10).
enum class Refusal : std::uint8_t {
  kNone,
  kUnschedulable,
  kNodeName,
  kTaint,
  kNodeAffinity,
  kPorts,
  kResources,
  kVolumeNode,
  kSpread,
  kSpreadMissingLabel,
  kAffinity,
  kAntiAffinity,
  kExistingAntiAffinity
};

struct NodeVerdict {
  Refusal refusal = Refusal::kNone;
  bool unresolvable = false;       // UnschedulableAndUnresolvable: preemption cannot help
  std::uint64_t insufficient = 0;  // kResources: bit per resource row (node_table.hpp); kRowPods: too many pods

  bool fits() const { return refusal == Refusal::kNone; }
  friend bool operator==(const NodeVerdict&, const NodeVerdict&) = default;
};

constexpr Plugin pluginOf(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
    case Refusal::kUnschedulable: return Plugin::kNodeUnschedulable;
    case Refusal::kNodeName: return Plugin::kNodeName;
    case Refusal::kTaint: return Plugin::kTaintToleration;
    case Refusal::kNodeAffinity: return Plugin::kNodeAffinity;
    case Refusal::kPorts: return Plugin::kNodePorts;
    case Refusal::kResources: return Plugin::kNodeResourcesFit;
    case Refusal::kVolumeNode: return Plugin::kVolumeBinding;
    case Refusal::kSpread:
    case Refusal::kSpreadMissingLabel: return Plugin::kPodTopologySpread;
    case Refusal::kAffinity:
    case Refusal::kAntiAffinity:
    case Refusal::kExistingAntiAffinity: return Plugin::kInterPodAffinity;
  }
  return Plugin::kNodeUnschedulable;
}

}  // namespace jobset_twin::cluster
