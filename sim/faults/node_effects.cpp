// Faults of nodes: power, the kubelet's process, the way to the API server, speed
// (sim/cluster/kubelet/node_faults.cpp).
#include <fmt/format.h>

#include "sim/cluster/world_parts.hpp"
#include "sim/faults/effects.hpp"

namespace jobset_twin::faults {
namespace {

// What of a node the class holds; the last fault that holds it lets it go.
std::string heldBy(const Fault& fault, const std::string& node) {
  switch (fault.class_) {
    case FaultClass::kNodeFail:
    case FaultClass::kNodeReboot: return "power/" + node;
    case FaultClass::kNodeHang: return "kubelet/" + node;
    case FaultClass::kNodePartition: return "network/" + node;
    case FaultClass::kNodeSlow: return "speed/" + node;
    default: return {};
  }
}

bool act(const Effect& effect, const std::string& node, bool begins) {
  const Fault& fault = effect.fault;
  cluster::Kubelet& kubelet = effect.world.parts().kubelet;
  cluster::Context ctx = effect.world.context();
  switch (fault.class_) {
    case FaultClass::kNodeFail:
    case FaultClass::kNodeReboot: return begins ? kubelet.powerOff(ctx, node) : kubelet.powerOn(ctx, node);
    case FaultClass::kNodeHang: return kubelet.setHung(ctx, node, begins);
    case FaultClass::kNodePartition: return kubelet.setPartitioned(ctx, node, begins);
    case FaultClass::kNodeSlow: return kubelet.setSpeed(ctx, node, begins ? *fault.speed : 1);
    default: return false;
  }
}

std::string words(const Fault& fault) {
  switch (fault.class_) {
    case FaultClass::kNodeFail: return "the node loses its power";
    case FaultClass::kNodeReboot: return "the node reboots";
    case FaultClass::kNodeHang: return "the kubelet hangs";
    case FaultClass::kNodePartition: return "the node does not reach the API server";
    case FaultClass::kNodeSlow: return fmt::format("the node goes at {} of its speed", *fault.speed);
    default: return {};
  }
}

}  // namespace

std::string beginOnNode(const Effect& effect, const std::string& node) {
  // Whoever comes second finds nothing more to break, but keeps it broken for as long as it says.
  if (!act(effect, node, true) && !effect.holds.contains(heldBy(effect.fault, node))) return {};
  hold(effect.holds, heldBy(effect.fault, node));
  return words(effect.fault);
}

void endOnNode(const Effect& effect, const std::string& node) {
  if (release(effect.holds, heldBy(effect.fault, node))) act(effect, node, false);
}

}  // namespace jobset_twin::faults
