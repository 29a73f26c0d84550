// Faults of nodes: power, the kubelet's process, the way to the API server, speed, devices (sim/cluster/kubelet),
// planned maintenance, and capacity that goes and comes back.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/time.hpp"
#include "sim/cluster/nodes/kubectl.hpp"
#include "sim/cluster/world_parts.hpp"
#include "sim/faults/effects.hpp"

namespace jobset_twin::faults {
namespace {

std::string deviceOf(const Fault& fault) { return fault.resource.empty() ? "nvidia.com/gpu" : fault.resource; }

constexpr std::string_view kHostname = "kubernetes.io/hostname";

// What of a node the class holds; the last fault that holds it lets it go.
std::string heldBy(const Fault& fault, const std::string& node) {
  switch (fault.class_) {
    case FaultClass::kNodeHang: return "kubelet/" + node;
    case FaultClass::kNodePartition: return "network/" + node;
    case FaultClass::kNodeSlow: return "speed/" + node;
    case FaultClass::kDeviceFault: return fmt::format("devices/{}/{}", node, deviceOf(fault));
    default: return "power/" + node;
  }
}

// Held from a removal's notice until the node is gone.
std::string leaving(const std::string& node) { return "leaving/" + node; }

bool act(const Effect& effect, const std::string& node, bool begins) {
  const Fault& fault = effect.fault;
  cluster::Kubelet& kubelet = effect.world.parts().kubelet;
  cluster::Context ctx = effect.world.context();
  switch (fault.class_) {
    case FaultClass::kNodeHang: return kubelet.setHung(ctx, node, begins);
    case FaultClass::kNodePartition: return kubelet.setPartitioned(ctx, node, begins);
    case FaultClass::kNodeSlow: return kubelet.setSpeed(ctx, node, begins ? *fault.speed : 1);
    case FaultClass::kDeviceFault:
      return kubelet.setDevices(ctx, node, deviceOf(fault), begins ? fault.count.value_or(1) : 0, fault.code);
    case FaultClass::kNodeShutdown: return begins ? kubelet.shutDown(ctx, node) : kubelet.powerOn(ctx, node);
    default: return begins ? kubelet.powerOff(ctx, node) : kubelet.powerOn(ctx, node);
  }
}

std::string wordsOfNodeFault(const Fault& fault) {
  switch (fault.class_) {
    case FaultClass::kNodeFail: return "the node loses its power";
    case FaultClass::kNodeReboot: return "the node reboots";
    case FaultClass::kNodeHang: return "the kubelet hangs";
    case FaultClass::kNodePartition: return "the node does not reach the API server";
    case FaultClass::kNodeSlow: return fmt::format("the node goes at {} of its speed", *fault.speed);
    case FaultClass::kDeviceFault: return fmt::format("the node loses {} {}", fault.count.value_or(1), deviceOf(fault));
    case FaultClass::kNodeShutdown: return "the node shuts down";
    case FaultClass::kNodeMaintenance: return "the node is drained for maintenance";
    case FaultClass::kNodeRemove: return "the node is gone for good";
    default: return {};
  }
}

void setUnschedulable(cluster::World& world, const std::string& node, bool unschedulable) {
  const nlohmann::json body = {{"spec", {{"unschedulable", unschedulable ? nlohmann::json(true) : nlohmann::json()}}}};
  world.executeNow(api::patchRequest({api::Kind::kNode, "", node}, api::MergePatch{api::Raw(body)}));
}

// The cloud takes the machine away, and its Node with it.
std::string remove(const Effect& effect, const std::string& node) {
  const api::ObjectKey key{api::Kind::kNode, "", node};
  const api::ObjectPtr object = effect.world.server().store().find(key);
  if (!object) return {};
  act(effect, node, true);
  if (!effect.world.executeNow(api::deleteRequest(key, {})).ok()) return {};
  effect.memory.objects.push_back(object);
  return wordsOfNodeFault(effect.fault);
}

// A new machine like the one that went, under a name of its own, which does not grow with each that goes.
void replace(const Effect& effect, const api::ObjectPtr& old) {
  const api::MutableObjectPtr made = api::edit(old);
  made->meta.name = fmt::format("{}-r{}", firstName(old->meta.name), effect.number);
  made->meta.uid.clear();
  made->meta.resourceVersion = 0;
  if (made->meta.labels.contains(kHostname)) made->meta.labels.set(kHostname, made->meta.name);
  api::Node& node = api::as<api::Node>(*made);
  const api::NodeStatus status = node.status;
  node.spec = {};
  const api::Response answer = effect.world.executeNow(api::createRequest(made));
  if (!answer.ok()) return;
  const api::MutableObjectPtr whole = api::edit(answer.object);
  api::as<api::Node>(*whole).status = status;
  effect.world.executeNow(api::updateStatusRequest(whole));
}

void comeBack(const Effect& effect) {
  for (const api::ObjectPtr& old : effect.memory.objects) {
    if (effect.fault.spare.empty()) {
      replace(effect, old);
      continue;
    }
    for (const auto& [key, node] : effect.world.server().store().all(api::Kind::kNode)) {
      if (!matchesPattern(effect.fault.spare, node->meta.name) || !api::as<api::Node>(node).spec.unschedulable)
        continue;
      setUnschedulable(effect.world, node->meta.name, false);
      break;
    }
  }
}

}  // namespace

std::string firstName(const std::string& node) {
  const std::size_t mark = node.rfind("-r");
  const bool numbered = mark != std::string::npos && mark + 2 < node.size() &&
                        node.find_first_not_of("0123456789", mark + 2) == std::string::npos;
  return numbered ? node.substr(0, mark) : node;
}

std::string beginOnNode(const Effect& effect, const std::string& node) {
  const Fault& fault = effect.fault;
  if (fault.class_ == FaultClass::kNodeRemove && noticeOf(fault) == Duration::zero()) return remove(effect, node);
  if (fault.class_ == FaultClass::kNodeMaintenance || fault.class_ == FaultClass::kNodeRemove) {
    if (effect.holds.contains(leaving(node))) return {};  // it has its notice already
    if (fault.class_ == FaultClass::kNodeRemove) hold(effect.holds, leaving(node));
    cluster::DrainOptions options;
    options.force = options.delete_empty_dir_data = true;
    options.grace_seconds = fault.grace_seconds;
    options.timeout = noticeOf(fault);
    effect.world.submit({effect.world.kernel().now(), cluster::drainCommand(node, options), "fault " + fault.name});
    return fault.class_ == FaultClass::kNodeRemove ? "the node is drained and will be gone for good"
                                                   : wordsOfNodeFault(fault);
  }
  // Whoever comes second finds nothing more to break, but keeps it broken for as long as it says.
  if (!act(effect, node, true) && !effect.holds.contains(heldBy(fault, node))) return {};
  hold(effect.holds, heldBy(fault, node));
  return wordsOfNodeFault(fault);
}

Duration noticeOf(const Fault& fault) {
  const bool planned = fault.class_ == FaultClass::kNodeMaintenance;
  return fault.notice.value_or(planned ? std::chrono::minutes(10) : Duration::zero());
}

bool noticeIsOver(const Effect& effect, const std::string& node) {
  if (effect.fault.class_ == FaultClass::kNodeRemove) {
    release(effect.holds, leaving(node));
    return !remove(effect, node).empty();
  }
  if (!effect.world.server().store().find({api::Kind::kNode, "", node})) return false;
  act(effect, node, true);
  hold(effect.holds, heldBy(effect.fault, node));
  return true;
}

void endOnNode(const Effect& effect, const std::string& node) {
  if (effect.fault.class_ == FaultClass::kNodeRemove) return;  // once for all of them: comeBack
  if (release(effect.holds, heldBy(effect.fault, node))) act(effect, node, false);
  if (effect.fault.class_ == FaultClass::kNodeMaintenance) setUnschedulable(effect.world, node, false);
}

void endOnNodes(const Effect& effect) {
  if (effect.fault.class_ == FaultClass::kNodeRemove) comeBack(effect);
}

}  // namespace jobset_twin::faults
