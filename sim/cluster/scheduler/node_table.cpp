#include "sim/cluster/scheduler/node_table.hpp"

#include <algorithm>

#include "engine/api/check.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

// region, zone: component-helpers node.GetZoneKey; "" for neither.
std::string zoneOf(const api::StringMap& labels) {
  const auto first = [&](std::string_view a, std::string_view b) {
    const std::string* value = labels.find(a);
    if (!value) value = labels.find(b);
    return value ? *value : std::string();
  };
  const std::string zone = first("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone");
  const std::string region = first("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region");
  return zone.empty() && region.empty() ? std::string() : region + ":\n:" + zone;
}

}  // namespace

NodeSlot NodeTable::find(const std::string& name) const {
  const auto found = slots_.find(name);
  return found == slots_.end() ? kNoNode : found->second;
}

NodeSlot NodeTable::slotOf(const std::string& name) {
  if (const NodeSlot found = find(name); found != kNoNode) return found;
  NodeSlot slot;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    slot = static_cast<NodeSlot>(entries_.size());
    entries_.emplace_back();
    if (entries_.size() > static_cast<std::size_t>(allocatable_.cols())) {
      const Eigen::Index had = allocatable_.cols(), now = std::max<Eigen::Index>(64, had * 2);
      for (AmountArray* array : {&allocatable_, &requested_, &scored_}) {
        array->conservativeResize(array == &scored_ ? 2 : rows.size(), now);
        array->rightCols(now - had).setZero();
      }
    }
  }
  ensureRows();
  allocatable_.col(slot).setZero();
  requested_.col(slot).setZero();
  scored_.col(slot).setZero();
  entries_[slot].name = name;
  entries_[slot].generation = ++generations_;
  entries_[slot].tie_key = kernel::stream(0, name).key_low;
  slots_.emplace(name, slot);
  return slot;
}

void NodeTable::ensureRows() {
  const Eigen::Index had = allocatable_.rows(), want = rows.size();
  if (had >= want) return;
  for (AmountArray* array : {&allocatable_, &requested_}) {
    const Eigen::Index columns = array->cols();
    array->conservativeResize(want, columns);
    array->bottomRows(want - had).setZero();
  }
}

void NodeTable::freeIfEmpty(NodeSlot slot) {
  NodeEntry& entry = entries_[slot];
  if (entry.live() || !entry.pods.empty()) return;
  slots_.erase(entry.name);
  entry = NodeEntry{};
  free_.push_back(slot);
}

void NodeTable::setImages(NodeEntry& entry) {
  for (const auto& [name, size] : entry.images) {
    if (const auto found = image_nodes_.find(name); --found->second == 0) image_nodes_.erase(found);
  }
  entry.images.clear();
  if (!entry.live()) return;
  for (const api::ContainerImage& image : entry.node().status.images) {
    for (const std::string& name : image.names) entry.images.emplace_back(imageWithTag(name), image.sizeBytes);
  }
  std::sort(entry.images.begin(), entry.images.end());
  entry.images.erase(std::unique(entry.images.begin(), entry.images.end(),
                                 [](const auto& a, const auto& b) { return a.first == b.first; }),
                     entry.images.end());
  for (const auto& [name, size] : entry.images) ++image_nodes_[name];
}

void NodeTable::setNode(NodeSlot slot, api::ObjectPtr object) {
  NodeEntry& entry = entries_[slot];
  const api::ObjectPtr before = entry.object;
  entry.object = std::move(object);
  entry.generation = ++generations_;
  setImages(entry);
  live_ += entry.live() ? 1 : 0;
  live_ -= before ? 1 : 0;
  if (!entry.live()) {
    order_stale_ = true;
    allocatable_.col(slot).setZero();
    freeIfEmpty(slot);
    return;
  }
  if (!before || before->meta.creationTimestamp != entry.object->meta.creationTimestamp ||
      zoneOf(before->meta.labels) != zoneOf(entry.object->meta.labels)) {
    order_stale_ = true;
  }
  const Amounts amounts = amountsOf(entry.node().status.allocatable);
  for (const auto& [name, amount] : amounts) rows.row(name);
  ensureRows();
  allocatable_.col(slot).setZero();
  for (const auto& [name, amount] : amounts) allocatable_(rows.row(name), slot) = amount;
}

void NodeTable::take(NodeSlot slot, PodSlot pod, const PodShape& shape) {
  NodeEntry& entry = entries_[slot];
  const auto at = std::lower_bound(entry.pods.begin(), entry.pods.end(), pod);
  TWIN_ASSERT(at == entry.pods.end() || *at != pod, "a Pod is on a node once", entry.name, pod);
  entry.pods.insert(at, pod);
  entry.generation = ++generations_;
  ensureRows();
  for (const auto& [row, amount] : shape.requests) requested_(row, slot) += amount;
  requested_(ResourceRows::kPods, slot) += 1;
  scored_(0, slot) += shape.scored_milli_cpu;
  scored_(1, slot) += shape.scored_memory;
  ++entry.priorities[shape.priority];
  ++priorities_[shape.priority];
  entry.ports.insert(entry.ports.end(), shape.ports.begin(), shape.ports.end());
}

void NodeTable::release(NodeSlot slot, PodSlot pod, const PodShape& shape) {
  NodeEntry& entry = entries_[slot];
  const auto at = std::lower_bound(entry.pods.begin(), entry.pods.end(), pod);
  TWIN_ASSERT(at != entry.pods.end() && *at == pod, "the Pod is on the node", entry.name, pod);
  entry.pods.erase(at);
  entry.generation = ++generations_;
  for (const auto& [row, amount] : shape.requests) requested_(row, slot) -= amount;
  requested_(ResourceRows::kPods, slot) -= 1;
  scored_(0, slot) -= shape.scored_milli_cpu;
  scored_(1, slot) -= shape.scored_memory;
  if (--entry.priorities[shape.priority] == 0) entry.priorities.erase(shape.priority);
  if (--priorities_[shape.priority] == 0) priorities_.erase(shape.priority);
  for (const HostPort& port : shape.ports) entry.ports.erase(std::find(entry.ports.begin(), entry.ports.end(), port));
  freeIfEmpty(slot);
}

const std::vector<NodeSlot>& NodeTable::order() const {
  if (!order_stale_) return order_;
  std::vector<NodeSlot> sorted;
  for (const auto& [name, slot] : slots_) {
    if (entries_[slot].live()) sorted.push_back(slot);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [&](NodeSlot a, NodeSlot b) {
    return entries_[a].object->meta.creationTimestamp < entries_[b].object->meta.creationTimestamp;
  });
  std::map<std::string, std::size_t> zone_index;
  std::vector<std::vector<NodeSlot>> zones;
  for (const NodeSlot slot : sorted) {
    const auto [at, fresh] = zone_index.try_emplace(zoneOf(entries_[slot].object->meta.labels), zones.size());
    if (fresh) zones.emplace_back();
    zones[at->second].push_back(slot);
  }
  order_.clear();
  for (std::size_t turn = 0; order_.size() < sorted.size(); ++turn) {
    for (const std::vector<NodeSlot>& zone : zones) {
      if (turn < zone.size()) order_.push_back(zone[turn]);
    }
  }
  order_stale_ = false;
  return order_;
}

std::size_t NodeTable::nodesWithImage(const std::string& image) const {
  const auto found = image_nodes_.find(image);
  return found == image_nodes_.end() ? 0 : found->second;
}

Eigen::Array<bool, 1, Eigen::Dynamic> NodeTable::fitting(const PodShape& shape) const {
  const auto count = static_cast<Eigen::Index>(entries_.size());
  Eigen::Array<bool, 1, Eigen::Dynamic> out =
      allocatable_.row(ResourceRows::kPods).head(count) > requested_.row(ResourceRows::kPods).head(count);
  for (const auto& [row, amount] : shape.requests) {
    if (row >= allocatable_.rows()) {
      out.setConstant(false);
      break;
    }
    out = out && (allocatable_.row(row).head(count) - requested_.row(row).head(count) >= amount);
  }
  return out;
}

}  // namespace jobset_twin::cluster
