// What containers use, and what comes of it when that is too much: OOM kills, evictions (K-POD-6, K-POD-47, K-NODE-21).
//
// A container uses what its behaviour says from the time it says, before that (and without one) what it requests. The
// node is looked at each 10 s in reality; here only while something is over. Not modelled: soft thresholds, images and
// logs on the disk, inodes, process ids, emptyDir limits. Source: kubernetes 1.36 pkg/kubelet/eviction.
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::string_view kMemory = "memory", kStorage = "ephemeral-storage";
constexpr std::int64_t kMemoryThreshold = std::int64_t{100} << 20;  // memory.available < 100Mi
constexpr std::int64_t kDiskPercent = 10;                           // nodefs.available < 10%

std::int64_t amount(const api::ResourceList& list, std::string_view resource) {
  const auto found = list.find(std::string(resource));
  return found == list.end() ? 0 : found->second.value();
}

std::int64_t requestOf(const api::Container& container, std::string_view resource) {
  const std::int64_t request = amount(container.resources.requests, resource);
  return request > 0 ? request : amount(container.resources.limits, resource);
}

std::string bytesText(std::int64_t bytes) { return api::Quantity(bytes, api::Quantity::Format::kBinarySI).toString(); }

}  // namespace

std::int64_t Kubelet::usage(const PodRuntime& pod, std::size_t index, std::string_view resource) const {
  const ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning) return 0;
  const std::optional<std::int64_t>& used = resource == kMemory ? c.memory_used : c.storage_used;
  return used.value_or(requestOf(specOf(pod, index), resource));
}

// A run of a container begins: its behaviour says when it uses how much.
void Kubelet::planUsage(Context& ctx, std::uint32_t slot, std::size_t index) {
  ContainerRuntime& c = pods_[slot].containers[index];
  c.memory_used.reset();
  c.storage_used.reset();
  if (c.behavior < 0) return;
  const workload::Behavior& behavior = config_.behaviors[static_cast<std::size_t>(c.behavior)];
  std::uint64_t which = 0;
  for (const auto* use : {&behavior.memory, &behavior.ephemeral_storage}) {
    if (*use) schedule(ctx, (*use)->at, kUsage, slot, (std::uint64_t{c.run} << 1 | which) << 8 | index);
    ++which;
  }
}

void Kubelet::uses(Context& ctx, std::uint32_t slot, std::size_t index, bool storage) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning || c.behavior < 0) return;
  const workload::Behavior& behavior = config_.behaviors[static_cast<std::size_t>(c.behavior)];
  const std::int64_t peak = storage ? behavior.ephemeral_storage->peak : behavior.memory->peak;
  (storage ? c.storage_used : c.memory_used) = peak;
  const std::int64_t limit = amount(specOf(pod, index).resources.limits, storage ? kStorage : kMemory);
  if (!storage && limit > 0 && peak > limit) {
    constexpr std::int32_t kKilled = 137, kSigkill = 9;
    exited(ctx, slot, index, kKilled, kSigkill, "OOMKilled");
    return;
  }
  lookAtPressure(ctx, pod.node);
}

// What is left of a resource and the least that must be.
std::pair<std::int64_t, std::int64_t> Kubelet::available(const NodeRuntime& node, std::string_view resource) const {
  if (!node.present) return {0, 0};
  const std::int64_t capacity = amount(api::as<api::Node>(node.object).status.capacity, resource);
  if (capacity == 0) return {0, 0};
  std::int64_t left = capacity;
  for (const std::uint32_t slot : node.slots) {
    const PodRuntime& pod = pods_[slot];
    for (std::size_t i = 0; i < pod.containers.size(); ++i) left -= usage(pod, i, resource);
  }
  return {std::max<std::int64_t>(left, 0), resource == kMemory ? kMemoryThreshold : capacity * kDiskPercent / 100};
}

// The container over its own limit of storage; none: npos.
std::size_t Kubelet::overStorageLimit(const PodRuntime& pod) const {
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    const std::int64_t limit = amount(specOf(pod, i).resources.limits, kStorage);
    if (limit > 0 && usage(pod, i, kStorage) > limit) return i;
  }
  return std::string::npos;
}

// Whether the eviction manager's next pass has something to do; then it is scheduled.
void Kubelet::lookAtPressure(Context& ctx, std::uint32_t index) {
  NodeRuntime& node = nodes_[index];
  if (node.pressure_scheduled || node.down) return;
  bool due = false;
  for (const std::string_view resource : {kMemory, kStorage}) {
    const auto [left, least] = available(node, resource);
    due = due || left < least;
  }
  for (const std::uint32_t slot : node.slots)
    due = due || (!pods_[slot].terminating && overStorageLimit(pods_[slot]) != std::string::npos);
  if (!due) return;
  node.pressure_scheduled = true;
  node.pressure_timer = ctx.kernel.scheduleAfter(untilTick(ctx, node, "eviction", ctx.timing.kubelet.eviction_monitor),
                                                 targetOf(Component::kKubelet), kPressure, index);
}

// One pass of the eviction manager: first Pods over their own limits, then one Pod of a node that runs short.
void Kubelet::relievePressure(Context& ctx, std::uint32_t index) {
  nodes_[index].pressure_scheduled = false;
  const std::set<std::uint32_t> slots = nodes_[index].slots;
  for (const std::uint32_t slot : slots) {
    PodRuntime& pod = pods_[slot];
    const std::size_t over = pod.terminating ? std::string::npos : overStorageLimit(pod);
    if (over == std::string::npos) continue;
    const api::Container& spec = specOf(pod, over);
    failPod(ctx, slot, "Evicted",
            fmt::format("Container {} exceeded its local ephemeral storage limit \"{}\". ", spec.name,
                        spec.resources.limits.at(std::string(kStorage)).toString()),
            std::chrono::seconds(1));
  }
  for (const std::string_view resource : {kMemory, kStorage}) {
    const auto [left, least] = available(nodes_[index], resource);
    Pressure& pressure = resource == kMemory ? nodes_[index].memory : nodes_[index].disk;
    if (left < least) {
      const std::optional<std::uint32_t> victim = victimOf(index, resource);
      nodes_[index].events.record(ctx, *nodes_[index].object, EventType::kWarning, "EvictionThresholdMet",
                                  fmt::format("Attempting to reclaim {}", resource));
      setPressure(ctx, index, resource);
      if (victim) evictPod(ctx, *victim, resource, left, least);
      break;  // one Pod each pass
    }
    if (pressure.pressure && ctx.now() >= pressure.until) {
      pressure.pressure = false;
      report(ctx, index);
    }
  }
  lookAtPressure(ctx, index);
  watchPressure(ctx, index);
}

// A pressure lasts at least evictionPressureTransitionPeriod from when it was last seen.
void Kubelet::setPressure(Context& ctx, std::uint32_t index, std::string_view resource) {
  NodeRuntime& node = nodes_[index];
  Pressure& pressure = resource == kMemory ? node.memory : node.disk;
  pressure.until = ctx.now() + ctx.timing.kubelet.pressure_transition;
  pressure.pressure = true;
  report(ctx, index);
  watchPressure(ctx, index);
}

void Kubelet::watchPressure(Context& ctx, std::uint32_t index) {
  NodeRuntime& node = nodes_[index];
  if (node.pressure_scheduled || (!node.memory.pressure && !node.disk.pressure)) return;
  TimePoint at = TimePoint::max();
  for (const Pressure* pressure : {&node.memory, &node.disk})
    if (pressure->pressure) at = std::min(at, pressure->until);
  node.pressure_scheduled = true;
  node.pressure_timer = ctx.kernel.schedule(std::max(at, ctx.now()), targetOf(Component::kKubelet), kPressure, index);
}

// K-POD-47: those that use more than they asked for, then by priority, then by how much more.
std::optional<std::uint32_t> Kubelet::victimOf(std::uint32_t index, std::string_view resource) const {
  std::optional<std::uint32_t> worst;
  std::tuple<bool, std::int64_t, std::int64_t> rank;
  for (const std::uint32_t slot : nodes_[index].slots) {
    const PodRuntime& pod = pods_[slot];
    const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
    const std::int64_t priority = spec.priority.value_or(0);
    if (pod.terminating || pod.stage != PodStage::kRunning || priority >= kCriticalPriority) continue;
    std::int64_t over = 0;
    for (std::size_t i = 0; i < pod.containers.size(); ++i)
      over += usage(pod, i, resource) - requestOf(specOf(pod, i), resource);
    const auto its = std::make_tuple(over > 0, -priority, over);
    if (worst && its <= rank) continue;
    worst = slot;
    rank = its;
  }
  return worst;
}

void Kubelet::evictPod(Context& ctx, std::uint32_t slot, std::string_view resource, std::int64_t left,
                       std::int64_t least) {
  const PodRuntime& pod = pods_[slot];
  std::string message = fmt::format("The node was low on resource: {}. Threshold quantity: {}, available: {}. ",
                                    resource, bytesText(least), bytesText(left));
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    const std::int64_t used = usage(pod, i, resource), request = requestOf(specOf(pod, i), resource);
    if (used > request)
      message += fmt::format("Container {} was using {}, request is {}, has larger consumption of {}. ",
                             specOf(pod, i).name, bytesText(used), bytesText(request), resource);
  }
  failPod(ctx, slot, "Evicted", message, std::chrono::seconds(1));
}

// The kubelet itself ends the Pod (K-POD-7): it is Failed once its containers have ended, and its object stays.
void Kubelet::failPod(Context& ctx, std::uint32_t slot, const std::string& reason, const std::string& message,
                      Duration grace) {
  PodRuntime& pod = pods_[slot];
  pod.fail_reason = reason;
  pod.fail_message = message;
  pod.disrupted = true;
  pod.grace = grace;
  event(ctx, pod, "Warning", reason, message);
  record(ctx, pod, NoteKind::kDecision, fmt::format("the kubelet ends the Pod: {}", message));
  beginTermination(ctx, slot);
}

bool Kubelet::evict(Context& ctx, const api::ObjectKey& key, const std::string& reason) {
  const std::string_view resource = reason == kStorage ? kStorage : kMemory;
  const auto found = containersOf(key, {});
  if (found.empty()) return false;
  const std::uint32_t slot = found.front().first;
  const PodRuntime& pod = pods_[slot];
  if (pod.terminating || pod.stage == PodStage::kTerminal || !nodes_[pod.node].acts()) return false;
  setPressure(ctx, pod.node, resource);
  evictPod(ctx, slot, resource, 0, available(nodes_[pod.node], resource).second);
  return true;
}

}  // namespace jobset_twin::cluster
