// cluster_view.hpp - what the scheduler knows of the cluster: nodes, Pods placed on them, and the sums over both (its
// cache).
//
// Fed by watch events and by its own assumptions. Saved: what depends on the order of events (slots, rows, domain
// numbers) and the sums by node; the affinity index, shapes and memos are made again from the Pods
// (scheduler_archive.hpp). Pods are known by the slots of the scheduler's table.
#pragma once

#include "sim/cluster/scheduler/affinity_index.hpp"
#include "sim/cluster/scheduler/node_local.hpp"
#include "sim/cluster/scheduler/node_table.hpp"

namespace jobset_twin::cluster {

struct ViewPod {
  std::uint64_t number = 0;  // the order in which Pods were first seen
  api::ObjectPtr object;     // null: the slot is free
  api::Shared<PodShape> shape;
  NodeSlot node = kNoNode;  // where it counts; kNoNode: nowhere

  const api::Pod& pod() const { return api::as<api::Pod>(*object); }
  bool terminating() const { return object->meta.deletionTimestamp.has_value(); }
};

class ClusterView {
 public:
  NodeTable nodes;
  Topology topology;
  LocalCache local;
  ShapeTable shapes;
  NamespaceLabels namespaces;
  std::vector<ViewPod> pods;
  std::map<std::pair<std::string, std::string>, api::ObjectPtr> services, claims;  // by (namespace, name)
  std::map<std::pair<std::string, std::string>, api::ObjectPtr> budgets;           // PodDisruptionBudgets
  std::map<std::string, api::ObjectPtr> volumes;                                   // PersistentVolumes
  std::map<std::string, std::string> class_binding;                                // StorageClass -> volumeBindingMode

  void setNode(const api::ObjectPtr& node);
  void removeNode(const std::string& name);
  // What a Pod is; placed Pods are withdrawn and placed again if something that counts has changed.
  void setPod(PodSlot slot, std::uint64_t number, api::ObjectPtr object);
  void place(PodSlot slot, NodeSlot node);  // requires: it is nowhere
  void withdraw(PodSlot slot);              // requires: it is somewhere
  void setNamespace(const std::string& name, const api::StringMap* labels);

  int column(const std::string& topology_key);  // made on demand
  DomainQuery countOf(const CountRequest& request);
  const AffinityIndex& index() const { return index_; }
  // Pods that are placed, and those of them with required anti-affinity.
  std::int64_t placed() const { return placed_; }
  std::int64_t placedWithAntiAffinity() const { return placed_anti_; }

  template <class Archive>
  void serialize(Archive& ar);  // scheduler_archive.hpp

 private:
  AffinityIndex index_;
  std::int64_t placed_ = 0, placed_anti_ = 0;

  void tally(const PodShape& shape, std::int64_t sign);
  void countPod(const ViewPod& pod, std::int64_t sign);
  void restore();                                        // after a load: shapes and index
  void forEachPlaced(NodeSlot node, std::int64_t sign);  // the Pods of a node into or out of the index
};

}  // namespace jobset_twin::cluster
