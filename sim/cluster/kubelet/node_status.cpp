// What a kubelet says of its node: the lease (K-NODE-1), the conditions, what is allocatable. Looked at each 10 s in
// reality; here only while what is stored is not what the kubelet would write, so that a quiet node costs no event.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

// False: the Node says the same already. A condition that nobody ever set is as good as False, but for Ready.
bool differs(const api::Object& object, const api::Condition& wanted) {
  const api::Condition* stored = api::findCondition(api::as<api::Node>(object).status.conditions, wanted.type);
  if (!stored) return wanted.type == "Ready" || wanted.status == "True";
  return stored->status != wanted.status || (wanted.type == "Ready" && stored->reason != wanted.reason);
}

// Nobody's lease is renewed then; election/node_leases.hpp has kubelets look again when it is over.
bool outage(const Context& ctx) {
  const auto& active = ctx.transport.faults().active();
  return std::any_of(active.begin(), active.end(),
                     [](const auto& entry) { return entry.second.fault.effect == apiserver::ApiEffect::kOutage; });
}

}  // namespace

// Until the next pass of a loop of this node; each has a phase of its own. Without jitter: the mean.
Duration Kubelet::untilTick(Context& ctx, const NodeRuntime& node, std::string_view purpose, Duration period) const {
  if (ctx.timing.kubelet.sandbox.sigma == 0 || period <= Duration{}) return period / 2;
  const auto phase =
      static_cast<std::int64_t>(kernel::bitsAt(ctx.kernel.seed(), fmt::format("kubelet/{}/{}", node.name, purpose), 0) %
                                static_cast<std::uint64_t>(period.count()));
  const std::int64_t since = (ctx.now().time_since_epoch().count() - phase) % period.count();
  return Duration(period.count() - since);
}

void Kubelet::onNode(Context& ctx, const api::ObjectPtr& object, bool deleted) {
  const std::uint32_t index = nodeIndex(ctx, object->meta.name);
  NodeRuntime& node = nodes_[index];
  const api::NodeStatus& status = api::as<api::Node>(object).status;
  const bool fresh = !node.present && !deleted;
  node.present = !deleted;
  node.object = object;
  for (const api::NodeAddress& address : status.addresses) {
    if (address.type == "InternalIP") node.ip = address.address;
  }
  if (const auto cpu = status.capacity.find("cpu"); cpu != status.capacity.end())
    node.processors = static_cast<std::int32_t>(cpu->second.value());
  if (fresh && !node.down && object->meta.creationTimestamp > api::truncateToSeconds(ctx.kernel.start()) &&
      !api::conditionIs(status.conditions, "Ready", "True")) {
    // K-NODE-22: it comes while the cluster runs, and its machine has to boot first.
    node.booting = true;
    const Duration boot = kernel::sample(ctx.timing.nodes.boot, ctx.kernel.seed(), "node/" + node.name + "/boot", 0);
    ctx.kernel.scheduleAfter(boot, targetOf(Component::kKubelet), kBooted, index);
  }
  beat(ctx, node);
  if (!node.reaches() || node.status_in_flight > 0 || !reportDue(node, ctx.now())) return;
  reportSoon(ctx, index, fresh ? Duration{} : untilTick(ctx, node, "report", kReportEvery));
}

bool Kubelet::reportDue(const NodeRuntime& node, TimePoint now) const {
  if (!node.present) return false;
  const std::vector<api::Condition> conditions = nodeConditions(node, now);
  return std::any_of(conditions.begin(), conditions.end(),
                     [&](const api::Condition& wanted) { return differs(*node.object, wanted); }) ||
         !allocatable(node).empty();
}

void Kubelet::beat(Context& ctx, NodeRuntime& node) {
  if (node.present && node.reaches() && !outage(ctx)) {
    ctx.heartbeats.begin(ctx.kernel, node.name, ctx.timing.nodes.lease_renew);
  } else {
    ctx.heartbeats.cease(ctx.kernel, node.name);
  }
}

void Kubelet::reportSoon(Context& ctx, std::uint32_t node, Duration after) {
  if (std::exchange(nodes_[node].status_scheduled, true)) return;
  nodes_[node].status_timer =
      ctx.kernel.scheduleAfter(after, targetOf(Component::kKubelet), kNodeStatus, node, 0, kernel::EventClass::kRetry);
}

std::vector<api::Condition> Kubelet::nodeConditions(const NodeRuntime& node, TimePoint now) const {
  std::vector<api::Condition> conditions;
  const auto add = [&](std::string type, bool value, std::string reason, std::string message) {
    api::Condition condition;
    condition.type = std::move(type);
    condition.status = value ? "True" : "False";
    condition.reason = std::move(reason);
    condition.message = std::move(message);
    condition.lastHeartbeatTime = condition.lastTransitionTime = api::truncateToSeconds(now);
    const api::Condition* stored =
        node.object ? api::findCondition(api::as<api::Node>(node.object).status.conditions, condition.type) : nullptr;
    if (stored && stored->status == condition.status) condition.lastTransitionTime = stored->lastTransitionTime;
    conditions.push_back(std::move(condition));
  };
  if (node.memory.pressure) {
    add("MemoryPressure", true, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available");
  } else {
    add("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available");
  }
  if (node.disk.pressure) {
    add("DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure");
  } else {
    add("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure");
  }
  add("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available");
  if (node.shutting_down) {
    add("Ready", false, "KubeletNotReady", "node is shutting down");
  } else {
    add("Ready", true, "KubeletReady", "kubelet is posting ready status");
  }
  return conditions;
}

// What is to change of the allocatable devices: those that were lost, those that are there again (K-GOT-25).
std::map<std::string, std::string> Kubelet::allocatable(const NodeRuntime& node) {
  std::map<std::string, std::string> changes;
  const api::NodeStatus& status = api::as<api::Node>(node.object).status;
  for (const auto& [resource, lost] : node.lost_devices) {
    const auto all = status.capacity.find(resource);
    if (all == status.capacity.end()) continue;
    const api::Quantity left(std::max<std::int64_t>(all->second.value() - lost, 0));
    const auto stored = status.allocatable.find(resource);
    if (stored == status.allocatable.end() || stored->second != left) changes[resource] = left.toString();
  }
  return changes;
}

void Kubelet::report(Context& ctx, std::uint32_t index) {
  NodeRuntime& node = nodes_[index];
  node.status_scheduled = false;
  if (!node.present || !node.reaches() || node.status_in_flight > 0) return;
  api::SetConditions patch;
  for (api::Condition& wanted : nodeConditions(node, ctx.now())) {
    if (!differs(*node.object, wanted)) continue;
    if (wanted.type == "Ready") {
      node.events.record(
          ctx, *node.object, EventType::kNormal, wanted.status == "True" ? "NodeReady" : "NodeNotReady",
          fmt::format("Node {} status is now: {}", node.name, wanted.status == "True" ? "NodeReady" : "NodeNotReady"));
    }
    patch.conditions.push_back(std::move(wanted));
  }
  if (const auto changes = allocatable(node); !changes.empty()) {
    api::MergePatch body;
    body.body.set(nlohmann::json{{"status", {{"allocatable", changes}}}});
    ++node.status_in_flight;
    ctx.transport.send(ctx.kernel, node.client, targetOf(Component::kKubelet),
                       api::patchStatusRequest(api::keyOf(*node.object), std::move(body)), kNodeWrite << 56 | index);
  }
  if (patch.conditions.empty()) return;
  ++node.status_in_flight;
  ctx.transport.send(ctx.kernel, node.client, targetOf(Component::kKubelet),
                     api::patchStatusRequest(api::keyOf(*node.object), std::move(patch)), kNodeWrite << 56 | index);
}

}  // namespace jobset_twin::cluster
